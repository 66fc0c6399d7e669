"""What all methods that compare layers have in common: the pairs, and bringing two features to one shape."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from kdstudio.core.targets import TASKS, Task
from kdstudio.methods.base import Exchange, Method, Needs, Objective, Setting, Shape
from kdstudio.methods.between import averaged, flattened, linear_map
from kdstudio.methods.losses import wide
from kdstudio.methods.texts import is_token, read_alike, text_mean
from kdstudio.models.pairs import Pairing
from kdstudio.models.taps import EMBEDDING

Features = Sequence[tuple[Tensor, Tensor]]  # (student's, teacher's) features (N, …) of each pair of layers


class LayerMethod(Method):
    """A method between layers of the student and layers of the teacher.

    `pairing` says which pairs are proposed, `ranks` how many axes a feature may have without the batch: 3 for maps
    (c, h, w), 2 for tokens (L, d), 1 for vectors (d,). A method that `connects` sees the student's features through a
    linear map that is learned beside the student, and is left out of its export.

    It `relates` either what student and teacher see at the same place, or the inputs of a batch to each other. Of a
    text only its tokens count, and not the padding behind them: a method on places sees those of all texts as rows
    (P, d), one on inputs sees each text's mean (N, d), as does one on places where the two read different tokens.
    """

    needs: ClassVar[Needs] = Needs(layers=True)
    tasks: ClassVar[tuple[Task, ...]] = TASKS
    pairing: ClassVar[Pairing] = "middle"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    connects: ClassVar[bool] = False
    relates: ClassVar[Literal["places", "inputs"]] = "places"

    pairs: Literal["auto"] | tuple[tuple[str, str], ...] = Field(
        "auto",
        title="Layer pairs",
        description="Which layer of the student is compared with which layer of the teacher. Automatic pairs layers at "
        "the same relative depth.",
    )

    @abstractmethod
    def compare(self, pairs: Features) -> Mapping[str, Tensor]:
        """Return the terms of the loss, unweighted, from the features of student and teacher."""

    def terms(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the terms for features as they are."""
        return self.compare(self.features(exchange))

    def features(self, exchange: Exchange) -> Features:
        """Return student's and teacher's features (N, …) of each pair, of texts without their padding."""
        return self.between(exchange, self.chosen)

    def between(self, exchange: Exchange, pairs: Sequence[tuple[str, str]]) -> Features:
        """Return the features of these pairs (student's layer, teacher's layer)."""
        student, teacher = exchange.student, exchange.teacher
        if teacher is None:
            raise ValueError(f"{self.title} needs a teacher")
        alike = self.relates == "places" and read_alike(student, teacher)
        found = []
        for own, other in pairs:
            ours, theirs = student.features[own], teacher.features[other]
            here, there = is_token(student, own), is_token(teacher, other)
            if alike and here is not None and there is not None:
                found.append((ours[here], theirs[there]))
            else:
                found.append((text_mean(ours, here), text_mean(theirs, there)))
        return found

    def build(self, setting: Setting) -> Objective:
        """Return the method, with a linear map for each pair where it connects them."""
        return Connected(self, setting) if self.connects else Objective(self, setting)

    def misfit(self, student: Mapping[str, Shape], teacher: Mapping[str, Shape], own: str, other: str) -> str:
        """Return why two layers cannot be compared, or nothing; `student` and `teacher` have the shapes of all."""
        del student, teacher, own, other
        return ""

    @classmethod
    def bridge(cls, student: Shape, teacher: Shape) -> str:
        """Return in words what stands between two layers of these shapes while they are compared; "" is nothing."""
        is_map = len(student) == len(teacher) == 3
        met = averaged(student, teacher) if cls.relates == "places" else flattened(student, teacher)
        return ", ".join(filter(None, (cls.parts(width(student), width(teacher), is_map=is_map), met)))

    @classmethod
    def parts(cls, ours: int, theirs: int, *, is_map: bool) -> str:
        """Return in words what is learned between layers of these widths, and left out of the exported student."""
        return linear_map(ours, theirs, is_map=is_map) if cls.connects else ""

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """The pairs (student's layer, teacher's layer); they are chosen before a run."""
        if self.pairs == "auto":
            raise ValueError("the layers were not paired yet")
        return self.pairs

    @property
    def taps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The layers of both that are compared."""
        return tuple(own for own, _ in self.chosen), tuple(other for _, other in self.chosen)


class StudentLayerMethod(Method):
    """A method on layers of the student alone, which `build` gives parts of their own, and on its embedding."""

    needs: ClassVar[Needs] = Needs(teacher=False, student_layers=True)

    layers: Literal["auto"] | tuple[str, ...] = Field(
        "auto",
        title="Layers",
        description="Which layers of the student are used. Automatic takes where each stage ends, but for the last.",
    )

    @property
    def chosen(self) -> tuple[str, ...]:
        """The layers, front to back; they are chosen before a run."""
        if self.layers == "auto":
            raise ValueError("the layers were not chosen yet")
        return self.layers

    @property
    def taps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The chosen layers and the embedding of the student."""
        return (*self.chosen, EMBEDDING), ()


class Connected(Objective):
    """A method with a linear map for each of its pairs."""

    method: LayerMethod

    def __init__(self, method: LayerMethod, setting: Setting) -> None:
        super().__init__(method, setting)
        shapes = [(setting.student[ours], setting.teacher[theirs]) for ours, theirs in method.chosen]
        self.connectors = nn.ModuleList(Connector(*pair) for pair in shapes)

    def forward(self, exchange: Exchange) -> Mapping[str, Tensor]:
        """Return the method's terms for features that were brought to one shape."""
        features = self.method.features(exchange)
        return self.method.compare([connect(*pair) for connect, pair in zip(self.connectors, features, strict=True)])


class Connector(nn.Module):
    """Brings the student's feature to the teacher's width by one linear map, a 1×1 convolution for maps.

    The larger of two maps is averaged down to the smaller; a map or tokens beside a vector become their mean.
    """

    def __init__(self, student: Shape, teacher: Shape) -> None:
        super().__init__()
        ours, theirs = width(student), width(teacher)
        self.linear = nn.Conv2d(ours, theirs, 1) if len(student) == len(teacher) == 3 else nn.Linear(ours, theirs)

    def forward(self, student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
        """Return both features in one shape, the student's through the linear map."""
        student, teacher = common(student, teacher)
        return self.linear(student), teacher


def width(shape: Sequence[int]) -> int:
    """Return the channels of a feature's shape without the batch: (c, h, w), (L, d) or (d,)."""
    return shape[0] if len(shape) == 3 else shape[-1]


def common(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Return two features (N, …) with the same places, their widths as they are.

    Maps meet at the smaller size. Where places do not correspond (tokens of two tokenizers), only means are compared.
    """
    if student.dim() != teacher.dim() or (student.dim() == 3 and student.shape[1] != teacher.shape[1]):
        return pooled(student), pooled(teacher)
    if student.dim() == 4 and student.shape[2:] != teacher.shape[2:]:
        height, wide = (min(a, b) for a, b in zip(student.shape[2:], teacher.shape[2:], strict=True))
        return F.adaptive_avg_pool2d(student, (height, wide)), F.adaptive_avg_pool2d(teacher, (height, wide))
    return student, teacher


def pooled(feature: Tensor) -> Tensor:
    """Return the mean of a feature over its places: (N, c, h, w) → (N, c), (N, L, d) → (N, d)."""
    if feature.dim() == 4:
        return feature.mean(dim=(2, 3))
    return feature.mean(dim=1) if feature.dim() == 3 else feature


def cosines(feature: Tensor) -> Tensor:
    """Return (N, N) cosines between the inputs of a batch, by the mean of a feature over its places."""
    vectors = F.normalize(wide(pooled(feature)), dim=1)
    return vectors @ vectors.T
