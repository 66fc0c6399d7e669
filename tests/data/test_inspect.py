"""The card of a data set."""

import numpy as np

from kdstudio.data.inspect import inspect


def test_that_a_data_set_is_described(image_folder):
    item = inspect(image_folder)
    assert item.role == "data"
    assert item.format == "image folder"
    assert item.title == "9 images · 8 × 6 grey · 3 classes"
    assert item.counts == {"train": 9}
    assert item.class_counts == (3, 3, 3)
    assert item.classes == 3
    assert item.class_names == ("cats", "class 2", "class 10")
    assert item.input_shape == (1, 6, 8)
    assert item.bytes == sum(file.stat().st_size for file in image_folder.rglob("*.png"))


def test_that_warnings_stand_in_the_item(image_folder, write_image):
    (image_folder / "cats" / "bad.png").touch()
    problems = inspect(image_folder).problems
    assert [problem.severity for problem in problems] == ["warning", "note"]


def test_that_a_damaged_data_set_is_data_with_a_problem(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", x=images, y=labels[:5])
    item = inspect(tmp_path / "a.npz")
    assert item.role == "data"
    assert item.bytes > 0
    (problem,) = item.problems
    assert problem.severity == "error"
    assert "40 images" in problem.message
    assert problem.hint


def test_that_nothing_is_raised_for_anything_else(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    for name in ("absent", "empty", "text"):
        item = inspect(tmp_path / name)
        assert item.role == "unknown"
        assert len(item.problems) == 1


def test_that_real_fashion_mnist_is_described(real_data):
    item = inspect(real_data("fashion-mnist"))
    assert item.title == "60,000 + 10,000 images · 28 × 28 grey · 10 classes"
