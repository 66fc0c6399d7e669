"""A teacher that sees the same things in another way than its student."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.control import StopRequested
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from tests.small_task import finish, quick_recipe, write_digits
from tests.training.conftest import recipe
from tests.training.test_timeline import assert_same

COUNT = 700


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits as a student gets them: the darkness of each row and column, in a table."""
    bunch = load_digits()
    rows = np.concatenate([bunch.images.sum(axis=1), bunch.images.sum(axis=2)], axis=1)[:COUNT]
    path = tmp_path_factory.mktemp("sums") / "sums.csv"
    header = ",".join([*(f"s{i}" for i in range(16)), "digit"])
    np.savetxt(path, np.column_stack([rows, bunch.target[:COUNT]]), delimiter=",", fmt="%g", header=header, comments="")
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same digits as the teacher gets them."""
    return write_digits(tmp_path_factory.mktemp("pictures") / "digits.npz", COUNT)


def taught(table: Path, teacher: Path, pictures: Path, **changes: object) -> Recipe:
    methods = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}]
    teachers = [{"path": str(teacher), "data": str(pictures)}]
    asked = quick_recipe(table, teachers=teachers, methods=methods, epochs=12)
    asked["data"] |= {"labelled": 80, "target": "digit"}
    return parse(asked | changes)


def test_that_a_student_of_sums_learns_from_a_teacher_of_pictures(table, teacher, pictures, tmp_path) -> None:
    _, summary = finish(train(taught(table, teacher, pictures), tmp_path / "run"))
    assert summary is not None
    assert summary["teacher"]["accuracy"] > 0.85  # it could not answer the table at all
    assert summary["student"]["accuracy"] > summary["baseline"]["accuracy"]
    student = load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors")
    assert student.preprocessing.seen_in == ""
    assert student.preprocessing.takes == "table"


@pytest.mark.slow
@pytest.mark.parametrize("cache", [True, False])
def test_that_a_stopped_run_goes_on_with_the_same_bits(table, teacher, pictures, tmp_path, cache) -> None:
    asked = taught(table, teacher, pictures, epochs=3, teacher_cache=cache)
    finish(train(asked, tmp_path / "whole"))
    events = train(asked, tmp_path / "torn")
    for event in events:
        if isinstance(event, Advanced) and event.step == 7:
            break
    list(iter([events.throw(StopRequested(report=False)), *events]))
    finish(resume(tmp_path / "torn"))
    assert_same(tmp_path / "whole", tmp_path / "torn")


def test_that_the_kept_answers_are_those_of_a_teacher_that_is_asked_each_time(table, teacher, pictures, tmp_path):
    for cache in (True, False):
        finish(train(taught(table, teacher, pictures, epochs=2, teacher_cache=cache), tmp_path / f"{cache}"))
    files = [tmp_path / name / "predictions/student/test/best/logits.npy" for name in ("True", "False")]
    kept, asked = (np.load(file) for file in files)
    np.testing.assert_allclose(kept, asked, atol=1e-3)


def test_that_files_are_paired_by_their_names_and_not_by_their_order(digits, teacher, tmp_path) -> None:
    bunch, order = load_digits(), np.random.default_rng(0).permutation(120)
    for name, rows in (("seen", order), ("own", np.arange(120))):
        for place, row in enumerate(rows):
            folder = tmp_path / name / (str(bunch.target[row]) if name == "own" else f"shelf {place % 3}")
            folder.mkdir(parents=True, exist_ok=True)
            pixels = (bunch.images[row] * 15.9).astype(np.uint8)
            Image.fromarray(pixels if name == "seen" else pixels.T).save(folder / f"digit-{row}.png")
    opened = open_recipe(taught(tmp_path / "own", teacher, tmp_path / "seen", data={"path": str(tmp_path / "own")}))
    assert not opened.errors
    assert opened.score is not None
    assert opened.score.accuracy > 0.85


@pytest.mark.parametrize(
    ("count", "changes", "where", "words"),
    [
        (COUNT - 1, {}, "teachers[0].data", "has 700 inputs, and the teacher would see 699"),
        (COUNT, {"teachers": [{"kind": "ema", "data": "x.npz"}]}, "teachers[0]", "sees what the student sees"),
    ],
)
def test_that_what_does_not_belong_together_is_told(table, teacher, tmp_path, count, changes, where, words) -> None:
    other = write_digits(tmp_path / "other.npz", count)
    with pytest.raises(InvalidRecipe, match=words) as told:
        open_recipe(taught(table, teacher, other, **changes)).ready()
    assert where in [problem.where for problem in told.value.problems]


def test_that_changed_copies_are_refused(digits, teacher, tmp_path) -> None:
    asked = recipe(digits, teachers=[{"path": str(teacher), "data": str(digits)}], augmentation={"crop": 1})
    asked = asked.model_copy(
        update={"methods": parse(quick_recipe(digits, methods=[{"method": "soft_targets"}])).methods}
    )
    assert "augmentation" in [problem.where for problem in open_recipe(asked).errors]
