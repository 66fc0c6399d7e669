"""`kdstudio reproduce`: figures are those of the runs, what is finished is not repeated, and the page is their own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kdstudio.analysis.bias_shift import bias_shift
from kdstudio.cli import main
from kdstudio.project.run import Run
from tests.small_task import quick_recipe, write_digits


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A study of a teacher, a student of all digits and one that never saw three of them, on scikit-learn's digits."""
    (tmp_path / "data").mkdir()
    write_digits(tmp_path / "data" / "digits.npz")
    folder = tmp_path / "studies" / "small"
    folder.mkdir(parents=True)
    base = quick_recipe("digits.npz", baseline=False)
    taught = {"teachers": [{"path": "teacher"}], "methods": [{"method": "soft_targets", "temperature": 4.0}]}
    wide = {"student": {"architecture": "mlp", "knobs": {"hidden": [64]}}}
    recipes = {
        "teacher": base | wide,
        "all": base | taught,
        "without": base | taught | {"data": base["data"] | {"omit": ["1", "3", "8"]}},
    }
    for name, recipe in recipes.items():
        (folder / f"{name}.json").write_text(json.dumps(recipe))
    shared: dict[str, Any] = {"of": ["without"], "kind": "errors"}
    study = {
        "title": "Digits",
        "paper": "Nobody 2026",
        "data": "digits.npz",
        "differs": ["These are other digits."],
        "budgets": {"quick": {"epochs": {"teacher": 6, "all": 6, "without": 6}}},
        "runs": [{"name": "teacher"}, {"name": "all", "teacher": "teacher"}, {"name": "without", "teacher": "teacher"}],
        "figures": [
            {"says": "All", "of": ["all"], "kind": "accuracy", "published": 0.9},
            {"says": "Threes", "among": "3", "published": 18, **shared},
            {"says": "Threes, shifted", "among": "3", "shifted": True, **shared},
            {"says": "Closed", "of": ["without", "without", "all"], "kind": "gap_closed"},
        ],
    }
    (tmp_path / "studies" / "small.json").write_text(json.dumps(study))
    return tmp_path


def ask(place: Path, capfd: Any, *more: str) -> dict[str, Any]:
    folders = ("--from", str(place / "studies"), "--data", str(place / "data"), "--run", str(place / "runs"))
    assert main(["reproduce", *folders, "--json", *more]) == 0
    return {one["says"]: one for one in json.loads(capfd.readouterr().out)["figures"]}


def test_that_figures_are_those_of_the_runs_and_nothing_is_repeated(place: Path, capfd: Any) -> None:
    before = ask(place, capfd, "--no-training")
    assert [one["measured"] for one in before.values()] == [None] * 4
    found = ask(place, capfd)
    run = Run(place / "runs" / "small" / "quick" / "without-0")
    answers = run.predictions("student", "test", "best")
    threes = np.asarray(answers.targets) == 3
    assert found["Threes"]["measured"] == (answers.labels[threes] != 3).sum()
    assert found["Threes"]["inputs"] == threes.sum()
    assert found["Threes"]["difference"] == found["Threes"]["measured"] - 18
    shift = bias_shift(run.predictions("student", "validation", "best"), run.predictions("teacher", "validation"))
    moved = (np.asarray(answers.logits) + shift).argmax(1)
    assert found["Threes, shifted"]["measured"] == (moved[threes] != 3).sum()
    accuracy = json.loads((run.folder.path.parent / "all-0" / "summary.json").read_text())["student"]["accuracy"]
    assert found["All"]["measured"] == pytest.approx(accuracy)
    assert found["Closed"]["measured"] == pytest.approx(0)
    times = {one: one.stat().st_mtime_ns for one in (place / "runs").rglob("summary.json")}
    page = place / "page.md"
    assert ask(place, capfd, "--report", str(page)) == found
    assert {one: one.stat().st_mtime_ns for one in (place / "runs").rglob("summary.json")} == times
    told = page.read_text()
    assert f"| All | 90.0% | {accuracy:.1%} |" in told
    assert "These are other digits." in told
    assert "Not reached" not in told


def test_that_missing_data_and_unknown_names_are_told_before_anything_runs(place: Path, capfd: Any) -> None:
    assert (
        main(["reproduce", "--from", str(place / "studies"), "--data", str(place), "--run", str(place / "runs")]) == 1
    )
    assert "--data FOLDER, which holds digits.npz" in " ".join(capfd.readouterr().err.split())
    assert main(["reproduce", "nobody", "--run", str(place / "runs")]) != 0
    assert "hinton-2015" in capfd.readouterr().err
    assert not (place / "runs").exists()
