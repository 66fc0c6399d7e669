"""A person's words about a run, and putting it away."""

import json
from pathlib import Path

import pytest

from kdstudio.project import notes
from kdstudio.project.notes import ARCHIVE, Notes, NotesError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "20261101-100000-mlp"
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text("{}")
    return folder


def test_that_words_are_kept_beside_the_run(run: Path) -> None:
    assert notes.read(run) == Notes()
    notes.write(run, name="Small", tags=("keep",))
    written = notes.write(run, star=True)
    assert notes.read(run) == written == Notes(name="Small", tags=("keep",), star=True)


def test_that_keys_of_a_newer_kdstudio_are_kept(run: Path) -> None:
    (run / "notes.json").write_text('{"star": true, "colour": "red"}')
    notes.write(run, note="good")
    assert json.loads((run / "notes.json").read_text())["colour"] == "red"


def test_that_damaged_notes_count_as_none(run: Path) -> None:
    (run / "notes.json").write_text('{"star": ')
    assert notes.read(run) == Notes()


def test_that_a_run_comes_back_as_it_was(run: Path) -> None:
    archived = notes.archive(run)
    assert archived == run.parent / ARCHIVE / run.name
    assert not run.exists()
    notes.restore(archived, run)
    assert (run / "recipe.json").read_text() == "{}"


def test_that_nothing_is_replaced_on_either_way(run: Path) -> None:
    archived = notes.archive(run)
    run.mkdir()
    assert notes.archive(run).name == f"{run.name}-2"
    run.mkdir()
    with pytest.raises(NotesError, match="exists again"):
        notes.restore(archived, run)


def test_that_a_folder_that_cannot_be_moved_is_told(run: Path) -> None:
    with pytest.raises(NotesError, match="cannot move"):
        notes.archive(run.with_name("gone"))
