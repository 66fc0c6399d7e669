from pathlib import Path

import pytest

from kdstudio.ui.panels.export.export_folder import default_folder, problem_with, shown, typed


def test_that_an_export_lies_in_its_project_or_beside_its_run(tmp_path: Path):
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    assert default_folder(run, tmp_path / "project") == tmp_path / "project" / "exports" / "first"
    assert default_folder(run) == tmp_path / "exports" / "first"


def test_that_a_read_only_project_exports_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    place = Path("/proc/self")  # nothing can be written there, not even by root
    assert default_folder(tmp_path / "run", place).is_relative_to(tmp_path / "home")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Choose a folder."),
        ("exports/here", "Give the whole path, from / on."),
        ("{tmp}/file", "file is a file, not a folder."),
        ("{tmp}/file/inside", "file is a file, not a folder."),
        ("/proc/self/exports", "Nothing can be written into"),
        ("{tmp}/run", "This is inside the run"),
        ("{tmp}/run/exports", "This is inside the run"),
        ("{tmp}/new/ordner größe", ""),
    ],
)
def test_that_a_folder_is_judged_as_it_is_typed(tmp_path: Path, words: str, told: str):
    (tmp_path / "file").write_text("x")
    problem = problem_with(words.format(tmp=tmp_path), tmp_path / "run")
    assert problem.startswith(told)
    assert bool(problem) == bool(told)


def test_that_home_is_written_short_and_read_back():
    path = Path.home() / "models"
    assert shown(path) == "~/models"
    assert typed(" ~/models ") == path
