import json
import os
import shutil
from pathlib import Path

import pytest

from kdstudio.core.events import Started
from kdstudio.project.project import FILE, Project, ProjectError
from kdstudio.project.store import recorded

RECIPE = {"data": {"path": "unfertig"}, "epochs": 3}


def begin(folder: Path, time: float) -> None:
    task = recorded(folder, (event for event in [Started(task="train", time=time)]))
    next(task)
    task.close()


def test_that_what_is_saved_is_opened_again_by_folder_and_by_file(tmp_path) -> None:
    folder = tmp_path / "Mein Projekt – 蒸留"
    Project.create(folder, "Kleider").save(recipe=RECIPE, probes=(3, 1), notes="Grüße", run="x")
    for path in (folder, folder / FILE):
        project = Project.open(path)
        assert project.folder == folder
        draft = project.draft
        assert (draft.name, draft.recipe, draft.probes, draft.notes, draft.run) == (
            "Kleider", RECIPE, (3, 1), "Grüße", "x",
        )  # fmt: skip
    assert json.loads((folder / FILE).read_text(encoding="utf-8"))["schema"] == 1
    assert project.run is None  # the run was deleted


def test_that_a_renamed_project_file_is_the_one_that_is_saved(tmp_path) -> None:
    Project.create(tmp_path)
    renamed = (tmp_path / FILE).rename(tmp_path / "blumen.kdproj")
    Project.open(renamed).save(notes="neu")
    assert Project.open(renamed).draft.notes == "neu"
    assert not (tmp_path / FILE).exists()


def test_that_a_project_is_not_created_over_another(tmp_path) -> None:
    Project.create(tmp_path).save(notes="mine")
    with pytest.raises(ProjectError, match="already holds"):
        Project.create(tmp_path)
    assert Project.open(tmp_path).draft.notes == "mine"


@pytest.mark.parametrize(
    "content", [b"", b'{"schema": 1, "na', b"[]", b"\xff\xfe\x00", b'{"schema": "one"}', b'{"probes": ["a"]}']
)
def test_that_a_damaged_file_is_a_clear_error_and_nothing_is_lost(tmp_path, content) -> None:
    project = Project.create(tmp_path, "Kleider")
    project.save(notes="first")
    project.save(notes="second")
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ProjectError, match="is damaged") as refusal:
        Project.open(tmp_path)
    assert f"{FILE}.previous" in refusal.value.hint
    assert (tmp_path / FILE).read_bytes() == content
    restored = Project.restore(tmp_path)
    assert (restored.draft.name, restored.draft.notes) == ("Kleider", "first")
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == content
    assert Project.open(tmp_path).draft.notes == "first"


def test_that_a_file_damaged_while_it_is_open_does_not_replace_the_good_copy(tmp_path) -> None:
    project = Project.create(tmp_path)
    project.save(notes="first")
    project.save(notes="second")
    for count in (1, 2):
        (tmp_path / FILE).write_bytes(b"torn %d" % count)
        project.save(notes="third")
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == b"torn 1"
    assert (tmp_path / f"{FILE}.damaged-2").read_bytes() == b"torn 2"
    assert json.loads((tmp_path / f"{FILE}.previous").read_text())["notes"] == "first"
    assert Project.open(tmp_path).draft.notes == "third"


def test_that_a_newer_schema_is_refused_and_unknown_keys_are_kept(tmp_path) -> None:
    Project.create(tmp_path)
    value = json.loads((tmp_path / FILE).read_text()) | {"slices": [1, 2]}
    (tmp_path / FILE).write_text(json.dumps(value))
    Project.open(tmp_path).save(notes="x")
    assert json.loads((tmp_path / FILE).read_text())["slices"] == [1, 2]
    (tmp_path / FILE).write_text(json.dumps(value | {"schema": 2}))
    with pytest.raises(ProjectError, match="schema 2") as refusal:
        Project.open(tmp_path)
    assert "update" in refusal.value.hint


def test_that_a_missing_project_is_refused(tmp_path) -> None:
    with pytest.raises(ProjectError, match="cannot read"):
        Project.open(tmp_path)
    with pytest.raises(ProjectError, match="cannot read"):
        Project.restore(tmp_path)


def test_that_a_project_that_cannot_be_written_says_so_and_keeps_what_was(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot write") as refusal:
        Project.create(tmp_path / "file" / "project")
    assert refusal.value.hint
    project = Project.create(tmp_path / "project", "Kleider")
    shutil.rmtree(tmp_path / "project")
    (tmp_path / "project").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot write"):
        project.save(notes="lost?")
    assert project.draft.notes == ""


def test_that_runs_are_listed_newest_first_and_other_folders_are_not(tmp_path) -> None:
    project = Project.create(tmp_path)
    assert project.runs() == []
    for name, time in (("b", 100.0), ("a", 300.0), ("c", 200.0)):
        begin(project.runs_folder / name, time)
    (project.runs_folder / "notes").mkdir()
    (project.runs_folder / "file").touch()
    assert [run.name for run in project.runs()] == ["a", "c", "b"]
    project.save(run="c")
    assert Project.open(tmp_path).run.name == "c"
    new = project.new_run("small cnn/16")
    assert new.parent == project.runs_folder
    assert new.name.endswith("-small-cnn-16")
    assert not new.exists()


def test_that_a_temporary_project_is_gone_when_it_is_discarded(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", os.fspath(tmp_path))
    project = Project.temporary()
    assert project.draft.name == "demo"
    assert project.is_temporary
    begin(project.new_run("cnn"), 1.0)
    project.discard()
    assert list(tmp_path.iterdir()) == []
    kept = Project.create(tmp_path / "kept")
    with pytest.raises(ProjectError, match="not temporary"):
        kept.discard()
    assert kept.file.exists()
