"""Selections with a name: where they are kept, and for which runs they hold."""

import json
from pathlib import Path

import pytest

from kdstudio.project import slices
from kdstudio.project.project import Project
from kdstudio.project.slices import Slice, SlicesError

HARD = Slice(name="Hard shirts", split="validation", data="abc", rows=(3, 1, 7))


def make(folder: Path, digest: str = "abc") -> Path:
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text("{}")
    (folder / "provenance.json").write_text(json.dumps({"data": {"path": "x", "digest": digest}}))
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make(tmp_path / "alone")


def test_that_a_slice_is_kept_in_the_run_with_its_order(run: Path) -> None:
    assert slices.read(run) == ()
    slices.save(run, HARD)
    assert slices.read(run) == (HARD,)
    assert slices.place(run) == run / "slices.json"


def test_that_runs_of_a_project_share_their_slices(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    first, second = make(project.runs_folder / "one"), make(project.runs_folder / "two")
    slices.save(first, HARD)
    assert slices.fitting(second, "validation") == (HARD,)
    assert (project.folder / "slices.json").is_file()
    assert not (first / "slices.json").exists()


def test_that_slices_of_other_data_or_another_split_do_not_fit(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    first, other = make(project.runs_folder / "one"), make(project.runs_folder / "other", digest="def")
    slices.save(first, HARD)
    assert slices.fitting(other, "validation") == slices.fitting(first, "test") == ()


def test_that_a_name_is_given_once_for_one_split(run: Path) -> None:
    slices.save(run, HARD)
    with pytest.raises(SlicesError, match="There is a slice “Hard shirts” already"):
        slices.save(run, HARD.model_copy(update={"name": " Hard shirts ", "rows": (1,)}))
    with pytest.raises(SlicesError, match="needs a name"):
        slices.save(run, HARD.model_copy(update={"name": " "}))
    slices.save(run, HARD.model_copy(update={"split": "test"}))
    assert slices.fitting(run, "validation") == (HARD,)


def test_that_slices_are_renamed_and_deleted(run: Path) -> None:
    easy = HARD.model_copy(update={"name": "easy"})
    slices.save(run, HARD)
    slices.save(run, easy)
    assert [one.name for one in slices.fitting(run, "validation")] == ["easy", "Hard shirts"]
    slices.save(run, HARD.model_copy(update={"name": "A"}), HARD)
    assert [one.name for one in slices.fitting(run, "validation")] == ["A", "easy"]
    slices.delete(run, easy)
    assert [one.name for one in slices.read(run)] == ["A"]


def test_that_a_damaged_file_is_told_and_left_alone(run: Path) -> None:
    slices.place(run).write_text('{"slices": [')
    for act in (lambda: slices.read(run), lambda: slices.save(run, HARD), lambda: slices.delete(run, HARD)):
        with pytest.raises(SlicesError, match="cannot be read"):
            act()
    assert slices.place(run).read_text() == '{"slices": ['


def test_that_keys_of_a_newer_kdstudio_are_kept(run: Path) -> None:
    value = {"schema": 1, "colour": "red", "slices": [{**HARD.model_dump(mode="json"), "note": "look again"}]}
    slices.place(run).write_text(json.dumps(value))
    slices.save(run, HARD.model_copy(update={"name": "easy"}))
    written = json.loads(slices.place(run).read_text())
    assert (written["colour"], written["slices"][0]["note"]) == ("red", "look again")


def test_that_a_run_without_provenance_has_slices_too(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    assert slices.data_of(folder) == ""
    slices.save(folder, HARD.model_copy(update={"data": ""}))
    assert len(slices.fitting(folder, "validation")) == 1
