"""Which layers are compared where nobody has chosen."""

import pytest

from kdstudio.models.pairs import propose, stages

RESNET = {
    "conv1": (16, 32, 32), "layer1": (16, 32, 32), "layer1.0": (16, 32, 32), "layer1.1": (16, 32, 32),
    "layer2": (32, 16, 16), "layer2.0": (32, 16, 16), "layer3": (64, 8, 8), "embedding": (64,),
}  # fmt: skip
FOUR = {"a": (8, 16, 16), "b": (8, 8, 8), "c": (8, 4, 4), "d": (8, 2, 2), "embedding": (8,)}
TRANSFORMER = {f"layer.{i}": (128, 24) for i in range(6)} | {"embedding": (24,)}
FLAT = {"fc1": (32,), "fc2": (16,), "embedding": (16,)}


def test_that_a_stage_ends_before_the_picture_gets_smaller() -> None:
    assert stages(RESNET) == ["layer1", "layer2", "layer3"]
    assert stages(TRANSFORMER) == [f"layer.{i}" for i in range(6)]
    assert stages(FLAT) == ["fc1", "fc2"]
    assert stages({"embedding": (4,)}) == []


@pytest.mark.parametrize(
    ("pairing", "expected"),
    [
        ("stages", (("a", "layer1"), ("b", "layer2"), ("d", "layer3"))),
        ("middle", (("b", "layer2"),)),
        ("last", (("d", "layer3"),)),
        ("embedding", (("embedding", "embedding"),)),
    ],
)
def test_that_layers_are_paired_at_the_same_relative_depth(pairing, expected) -> None:
    assert propose(FOUR, RESNET, pairing) == expected


def test_that_every_other_layer_of_a_teacher_is_paired_with_a_shallower_student() -> None:
    student = {f"layer.{i}": (128, 12) for i in range(3)}
    pairs = tuple((f"layer.{i}", f"layer.{2 * i + 1}") for i in range(3))
    assert propose(student, TRANSFORMER, "stages") == pairs


def test_that_nothing_is_proposed_where_one_side_shows_nothing() -> None:
    assert propose({}, RESNET, "stages") == propose(FLAT, {}, "embedding") == ()
