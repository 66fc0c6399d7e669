"""What stands between two layers, in words: as the parts that a method really builds."""

import pytest
from torch import nn

from kdstudio.methods.base import Setting
from kdstudio.methods.catalogue import METHODS
from kdstudio.methods.layer_method import LayerMethod

LAYERED = sorted(name for name, kind in METHODS.items() if issubclass(kind, LayerMethod) and not kind.needs.attention)
SHAPES = {3: ((16, 28, 28), (32, 14, 14)), 2: ((7, 16), (9, 32)), 1: ((16,), (32,))}


@pytest.mark.parametrize("name", LAYERED)
def test_that_a_method_says_what_it_learns_between_layers_of_other_widths(name: str) -> None:
    kind = METHODS[name]
    assert issubclass(kind, LayerMethod)
    for rank in kind.ranks:
        student, teacher = SHAPES[rank]
        made = kind(pairs=(("own", "other"),)).build(
            Setting(classes=10, inputs=8, student={"own": student}, teacher={"other": teacher})
        )
        words = kind.parts(16, 32, is_map=rank == 3) or kind.bridge(student, teacher)
        learns = any(isinstance(part, nn.Conv2d | nn.Linear) for part in made.modules())
        stays = made.method.reuses is not None
        says = any(word in words for word in ("convolution", "linear map", "predictor", "translator", "projector"))
        assert says == (learns or stays), (rank, words)


@pytest.mark.parametrize(
    ("name", "student", "teacher", "words"),
    [
        ("hints", (16, 28, 28), (32, 14, 14), "1×1 convolution 16 → 32, student’s 28×28 averaged to 14×14"),
        ("similarity_preserving", (16, 7, 14), (32,), "mean over the student’s places"),
        ("hidden_states", (5, 64), (5, 64), ""),
        ("hidden_states", (5, 64), (9, 96), "linear map 64 → 96, mean over the student’s and the teacher’s places"),
        ("relational", (64,), (8, 7, 7), "mean over the teacher’s places"),
        ("masked_generation", (8, 7, 7), (8, 7, 7), "two 3×3 convolutions"),
        ("review", (16, 28, 28), (32, 14, 14),
         "fusion with the later stages, 3×3 convolution to 32 channels, resized to 14×14"),
    ],
)  # fmt: skip
def test_that_the_words_name_widths_and_sizes(
    name: str, student: tuple[int, ...], teacher: tuple[int, ...], words: str
) -> None:
    kind = METHODS[name]
    assert issubclass(kind, LayerMethod)
    assert kind.bridge(student, teacher) == words
