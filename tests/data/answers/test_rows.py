from pathlib import Path

import numpy as np
import pytest

from kdstudio.data.answers.answers import read
from kdstudio.data.answers.rows import align
from kdstudio.data.dataset import ArrayInputs, Dataset, Part
from kdstudio.data.read import read as read_data
from kdstudio.data.splits import divide
from kdstudio.recipe.choices import DataChoice

NAMES = ("cat", "dog", "Bird 1")


@pytest.fixture
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    parts = {
        name: Part.whole(ArrayInputs(rng.integers(0, 255, (count, 1, 4, 4)).astype(np.uint8)), np.arange(count) % 3)
        for name, count in (("train", 60), ("test", 12))
    }
    return Dataset(Path("x"), "npz", NAMES, parts)


def answered(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


def errors(path: Path, dataset: Dataset) -> str:
    aligned, problems = align(read(path), dataset)
    assert aligned is None
    assert all(problem.hint for problem in problems if problem.severity == "error")
    return " | ".join(problem.message for problem in problems if problem.severity == "error")


def test_that_a_row_keeps_its_input_through_validation_and_limits(tmp_path: Path, dataset: Dataset) -> None:
    values = answered(60)
    np.save(tmp_path / "a.npy", values)
    aligned, _ = align(read(tmp_path / "a.npy"), dataset)
    assert aligned is not None
    splits = divide(dataset, DataChoice(path="x", validation=0.2, limit=20), 3)
    for part in (splits.train, splits.validation):
        assert aligned.has(part).all()
        assert np.array_equal(aligned.logits(part), values[part.index])
    assert not aligned.has(splits.test).any()
    assert np.isnan(aligned.logits(splits.test)).all()


def test_that_columns_are_joined_by_the_names_of_the_classes(tmp_path: Path, dataset: Dataset) -> None:
    values = answered(60)
    rows = "\n".join(",".join(f"{value:.6f}" for value in row) for row in values)
    (tmp_path / "a.csv").write_text(f"bird_1,CAT,dog\n{rows}\n")
    aligned, problems = align(read(tmp_path / "a.csv"), dataset)
    assert aligned is not None
    assert problems == ()
    assert np.allclose(aligned.logits(dataset.parts["train"]), values[:, [1, 2, 0]], atol=1e-5)
    (tmp_path / "b.csv").write_text(f"class_2,class_0,class_1\n{rows}\n")
    aligned, _ = align(read(tmp_path / "b.csv"), dataset)
    assert aligned is not None
    assert np.allclose(aligned.logits(dataset.parts["train"]), values[:, [1, 2, 0]], atol=1e-5)
    (tmp_path / "c.csv").write_text(f"cat,dog,fish\n{rows}\n")
    assert "there is no Bird 1, but fish" in errors(tmp_path / "c.csv", dataset)


def test_that_row_numbers_may_come_in_any_order_and_leave_some_out(tmp_path: Path, dataset: Dataset) -> None:
    values, keys = answered(50), np.random.default_rng(1).permutation(60)[:50]
    np.savez(tmp_path / "a.npz", logits=values, index=keys)
    aligned, _ = align(read(tmp_path / "a.npz"), dataset)
    assert aligned is not None
    part = dataset.parts["train"]
    assert np.array_equal(np.sort(np.flatnonzero(aligned.has(part))), np.sort(keys))
    assert np.array_equal(aligned.logits(part)[keys], values)


def test_that_a_row_without_a_number_counts_as_missing(tmp_path: Path, dataset: Dataset) -> None:
    values = answered(60)
    values[7, 1] = np.nan
    np.save(tmp_path / "a.npy", values)
    answers = read(tmp_path / "a.npy")
    assert "1 of its rows" in answers.problems[-1].message
    aligned, _ = align(answers, dataset)
    assert aligned is not None
    assert np.flatnonzero(~aligned.has(dataset.parts["train"])).tolist() == [7]


def test_that_parts_have_their_own_arrays(tmp_path: Path, dataset: Dataset) -> None:
    np.savez(tmp_path / "a.npz", train=answered(60), test=answered(12, 1))
    aligned, _ = align(read(tmp_path / "a.npz"), dataset)
    assert aligned is not None
    assert np.array_equal(aligned.logits(dataset.parts["test"]), answered(12, 1))


def test_that_what_does_not_fit_is_told_all_at_once(tmp_path: Path, dataset: Dataset) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(72, 4)))
    found = errors(tmp_path / "a.npy", dataset)
    assert "4 classes, the data has 3" in found
    assert "72 rows of answers and the training part 60 inputs" in found
    np.save(tmp_path / "b.npy", answered(12))
    _, problems = align(read(tmp_path / "b.npy"), dataset)
    assert "test part" in problems[-1].hint
    np.savez(tmp_path / "c.npz", logits=answered(3), index=[1, 1, 99])
    found = errors(tmp_path / "c.npz", dataset)
    assert "answered more than once" in found
    assert "row 99" in found


def test_that_files_are_joined_by_their_names_over_all_parts(tmp_path: Path, write_image) -> None:
    root = tmp_path / "Bilder ü"
    names = [f"{part}/{name}/{i}.png" for part in ("train", "test") for name in ("a", "b") for i in range(4)]
    for i, name in enumerate(names):
        write_image(root / name, i)
    data = read_data(root)
    shuffled = np.random.default_rng(0).permutation(len(names))
    values = np.random.default_rng(1).normal(size=(len(names), 2)).astype(np.float32)
    lines = [f"D:\\elsewhere\\{names[i]},{values[i, 0]:.6f},{values[i, 1]:.6f}" for i in shuffled]
    (tmp_path / "a.csv").write_text("\n".join(["file,b,a", *lines]))
    aligned, problems = align(read(tmp_path / "a.csv"), data)
    assert aligned is not None
    assert problems == ()
    for part, start in (("train", 0), ("test", 8)):
        pixels = data.parts[part].read(np.arange(8))[:, 0, 0, 0]
        assert pixels.tolist() == list(range(start, start + 8))
        assert np.allclose(aligned.logits(data.parts[part]), values[start : start + 8, ::-1], atol=1e-5)
    (tmp_path / "b.csv").write_text("file,a,b\nnobody.png,0.5,0.5\nnothing.png,0.1,0.9\n")
    assert "no answer names a file of the data" in errors(tmp_path / "b.csv", data)


def test_that_names_need_files(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "a.csv").write_text("file,cat,dog,bird1\nx.png,0.5,0.3,0.2\ny.png,0.1,0.8,0.1\n")
    assert "no files" in errors(tmp_path / "a.csv", dataset)
