"""Parts and classes from names alone."""

import pytest

from kdstudio.data.image.layout import layout


def shown(names):
    """Return part → {name: class}."""
    return {part: {names[at]: label for at, label in rows} for part, rows in layout(names).parts.items()}


def test_that_folders_on_top_are_classes():
    names = ["cat/1.png", "cat/deep/er/2.png", "dog/1.png", "cover.png"]
    classes = {"cat/1.png": "cat", "cat/deep/er/2.png": "cat", "dog/1.png": "dog", "cover.png": ""}
    assert shown(names) == {"train": classes}


@pytest.mark.parametrize("around", ["", "a/", "a/b/"])
def test_that_folders_around_everything_are_passed_through(around):
    names = [f"{around}{name}" for name in ("Train/cat/1.png", "Train/dog/1.png", "VAL/cat/1.png")]
    found = layout(names)
    assert found.classes == ["cat", "dog"]
    assert {part: len(rows) for part, rows in found.parts.items()} == {"train": 2, "validation": 1}


def test_that_a_train_may_be_a_class():
    assert layout(["bus/1.png", "car/1.png", "train/1.png"]).classes == ["bus", "car", "train"]


def test_that_parts_may_hold_images_without_class_folders():
    assert shown(["test/1.png", "train/1.png"]) == {"train": {"train/1.png": ""}, "test": {"test/1.png": ""}}


def test_that_folders_beside_the_parts_are_not_used():
    assert layout(["extra/q/1.png", "test/a/1.png", "train/a/1.png"]).unused == ("extra",)


def test_that_nothing_is_laid_out_as_nothing():
    assert layout([]).parts == {"train": []}
