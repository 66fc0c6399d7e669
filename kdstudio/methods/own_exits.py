"""Own exits: early layers answer, too, and learn from the student's deepest answer (BYOT)."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Needs, Objective, Setting, Shape
from kdstudio.methods.layer_method import StudentLayerMethod, pooled, width
from kdstudio.methods.losses import cross_entropy, soft_target_kl, wide
from kdstudio.methods.texts import is_token, text_mean
from kdstudio.models.taps import EMBEDDING


class OwnExits(StudentLayerMethod):
    """Σ over exits of (1 − α)·CE(label) + α·T²·KL(deepest ‖ exit) + λ·mean (F_exit − F_deepest)².

    The deepest answer and its embedding are targets and not differentiated. The paper sums the last term over the
    feature; here it is a mean, and λ is the paper's order of 0.03 for that.
    """

    splits: ClassVar[Literal["inputs", "labelled", "batch"]] = "batch"
    title: ClassVar[str] = "Own exits (BYOT)"
    family: ClassVar[str] = "self"
    paper: ClassVar[str] = "Zhang et al. 2019, https://arxiv.org/abs/1905.08094"
    help: ClassVar[str] = (
        "A small head at each stage of the student answers for itself and learns from the labels and from the deepest "
        "answer; the heads are dropped afterwards. Use it beside hard labels, which teach the deepest answer."
    )
    needs: ClassVar[Needs] = Needs(teacher=False, labels=True, student_layers=True)

    temperature: float = Field(
        3.0, gt=0, le=100, title="Temperature", description="Softens the answers before they are compared."
    )
    share: float = Field(
        0.3, ge=0, le=1, title="Share", description="How much of an exit's loss comes from the deepest answer."
    )
    hint: float = Field(
        0.03, ge=0, title="Hint", description="Weight of how far an exit's feature is from the deepest one."
    )

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Raise ValueError: the exits have heads of their own, and `build` gives those."""
        raise ValueError(f"{self.title} needs its heads: build it first")

    def build(self, setting: Setting) -> Objective:
        """Return the method with a head for each exit."""
        return _Exits(self, setting)


class _Exits(Objective):
    method: OwnExits

    def __init__(self, method: OwnExits, setting: Setting) -> None:
        super().__init__(method, setting)
        deep = width(setting.student[EMBEDDING])
        self.heads = nn.ModuleList(Head(setting.student[layer], deep, setting.classes) for layer in method.chosen)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        method, features, targets = self.method, exchange.student.features, exchange.batch.targets
        deepest, embedding = exchange.student.logits.detach(), pooled(features[EMBEDDING]).detach()
        exits = [
            head(features[layer], is_token(exchange.student, layer))
            for head, layer in zip(self.heads, method.chosen, strict=True)
        ]
        labels = [cross_entropy(logits, targets) for _, logits in exits]
        kl = [soft_target_kl(logits, deepest, method.temperature) for _, logits in exits]
        hints = [(wide(feature) - wide(embedding)).square().mean() for feature, _ in exits]
        return {
            "cross_entropy": (1 - method.share) * torch.stack(labels).sum(),
            "kl": method.share * torch.stack(kl).sum(),
            "hint": method.hint * torch.stack(hints).sum(),
        }


class Head(nn.Module):
    """A feature as wide as the embedding, from a stage's maps (N, c, h, w), tokens or vectors; and an answer."""

    def __init__(self, shape: Shape, deep: int, classes: int) -> None:
        super().__init__()
        is_map = len(shape) == 3
        first = nn.Conv2d(width(shape), deep, 3, stride=2, padding=1) if is_map else nn.Linear(width(shape), deep)
        self.bottleneck = nn.Sequential(first, nn.ReLU())
        self.classifier = nn.Linear(deep, classes)

    def forward(self, feature: Tensor, is_token: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the feature (N, d) and the logits (N, C); of texts only what `is_token` (N, L) counts."""
        narrow = pooled(text_mean(self.bottleneck(feature), is_token))
        return narrow, self.classifier(narrow)


METHOD = OwnExits
