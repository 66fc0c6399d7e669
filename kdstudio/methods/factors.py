"""Factor transfer: the teacher's features in other words, and the student's translation of them (Kim et al. 2018)."""

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.layer_method import Features, LayerMethod, common, width
from kdstudio.methods.losses import wide
from kdstudio.models.pairs import Pairing

_SLOPE = 0.1  # of the leaky ReLU


class Factors(LayerMethod):
    """λ · mean |F_t/‖F_t‖ − F_s/‖F_s‖| + mean (D(F_t) − x_t)²: F_t = E(x_t) paraphrases, F_s translates, D puts back.

    The paper's L_FT with p = 1 and its L_rec. The first trains student and translator, the second E and D alone; the
    paper trains those two beforehand, here they learn beside. λ = 200 is that of the field's reimplementations, which
    take a mean over the factor.
    """

    title: ClassVar[str] = "Factor transfer (FT)"
    fixed: ClassVar[tuple[str, ...]] = ("pairs", "rate")
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Kim, Park, Kwak 2018, https://arxiv.org/abs/1802.04977"
    help: ClassVar[str] = (
        "A small network learns to say what the teacher's last maps hold in fewer channels, and the student learns to "
        "say the same. Both helpers are dropped afterwards."
    )
    pairing: ClassVar[Pairing] = "last"
    ranks: ClassVar[tuple[int, ...]] = (3,)

    factor: float = Field(200.0, ge=0, title="Factors", description="Weight of the factors' distance; 200 is usual.")
    rate: float = Field(
        0.5,
        gt=0,
        le=4,
        title="Paraphrase rate",
        description="How many channels the factors have, as a share of the teacher's; 0.5 to 1 in the paper.",
    )

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the distance of factors (N, c, h, w), averaged over the pairs."""
        gaps = [(_direction(ours) - _direction(theirs)).abs().mean() for ours, theirs in pairs]
        return {"factor": self.factor * torch.stack(gaps).mean()}

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the translator and the paraphraser."""
        return f"translator of {ours} channels, paraphraser of {theirs}: three 3×3 convolutions each"

    def build(self, setting: Setting) -> Objective:
        """Return the method with a paraphraser and a translator for each pair."""
        return _Factors(self, setting)


class _Factors(Objective):
    method: Factors

    def __init__(self, method: Factors, setting: Setting) -> None:
        super().__init__(method, setting)
        self.translators, self.encoders, self.decoders = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for own, other in method.chosen:
            ours, theirs = width(setting.student[own]), width(setting.teacher[other])
            narrow = max(1, round(method.rate * theirs))
            self.translators.append(_convolutions(ours, ours, narrow, narrow))
            self.encoders.append(_convolutions(theirs, theirs, narrow, narrow))
            self.decoders.append(_convolutions(narrow, narrow, theirs, theirs))

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        found, errors = [], []
        parts = zip(self.translators, self.encoders, self.decoders, self.method.features(exchange), strict=True)
        for translate, encode, decode, pair in parts:
            ours, theirs = common(*pair)
            factor = encode(theirs)
            errors.append((wide(decode(factor)) - wide(theirs)).square().mean())
            found.append((translate(ours), factor.detach()))
        return {**self.method.compare(found), "reconstruction": torch.stack(errors).mean()}


def _convolutions(*widths: int) -> nn.Module:
    """Return 3×3 convolutions from one width to the next, each with a leaky ReLU behind it."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.LeakyReLU(_SLOPE)]
    return nn.Sequential(*layers)


def _direction(factor: Tensor) -> Tensor:
    """Return a factor (N, …) as one vector of length 1 an input."""
    return F.normalize(wide(factor).flatten(1), dim=1)


METHOD = Factors
