"""Hidden states: the student's last states are the teacher's, in value or in direction (DistilBERT)."""

from collections.abc import Mapping
from itertools import starmap
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from kdstudio.methods.base import Objective, Setting
from kdstudio.methods.between import linear_map
from kdstudio.methods.layer_method import Connected, Features, LayerMethod, common, width
from kdstudio.models.pairs import Pairing


class HiddenStates(LayerMethod):
    """1 − cos(W h_s, h_t), or the mean of (W h_s − h_t)², of the states at each place; averaged over places and pairs.

    The cosine is DistilBERT's L_cos, with its weight of 1; the square is L_hidn of TinyBERT (Jiao et al. 2020,
    https://arxiv.org/abs/1909.10351). W is there only where the widths differ: DistilBERT has none.
    """

    title: ClassVar[str] = "Hidden states"
    family: ClassVar[str] = "feature"
    paper: ClassVar[str] = "Sanh et al. 2019, https://arxiv.org/abs/1910.01108"
    help: ClassVar[str] = (
        "The states of the student's last layer take the direction of the teacher's, or its values. Where the widths "
        "differ, a linear map that is dropped afterwards lies between them."
    )
    vanishes_at_teacher: ClassVar[bool] = True
    pairing: ClassVar[Pairing] = "last"

    distance: Literal["cosine", "squared"] = Field(
        "cosine",
        title="Distance",
        description="Cosine matches directions alone, as DistilBERT does; squared matches values, as TinyBERT does.",
    )

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return the linear map, where widths differ."""
        return "" if ours == theirs else linear_map(ours, theirs, is_map=is_map)

    def build(self, setting: Setting) -> Objective:
        """Return the method, with linear maps only where widths differ."""
        is_equal = all(width(setting.student[ours]) == width(setting.teacher[theirs]) for ours, theirs in self.chosen)
        return Objective(self, setting) if is_equal else Connected(self, setting)

    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the distance, averaged over places and pairs."""
        return {
            "distance": torch.stack([self._distance(ours, theirs) for ours, theirs in starmap(common, pairs)]).mean()
        }

    def _distance(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Return the mean distance of states (N, d), (N, L, d) or (N, d, h, w)."""
        if self.distance == "squared":
            return (student - teacher).square().mean()
        return 1 - F.cosine_similarity(student, teacher, dim=1 if student.dim() == 4 else -1).mean()


METHOD = HiddenStates
