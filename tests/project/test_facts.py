"""One line about a run, whatever state its folder is in."""

import json
import shutil
from pathlib import Path

import pytest

from kdstudio.project import facts
from kdstudio.project.histories import history
from kdstudio.project.notes import archive
from kdstudio.project.run import Run
from tests.small_task import quick_recipe, trained, write_digits


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("runs")
    recipe = quick_recipe(write_digits(home / "digits.npz", 600))
    return trained(recipe, home / "20261101-100000-mlp")


def test_that_a_finished_run_is_told_by_its_report(run: Path) -> None:
    found, summary = facts.read(run), Run(run).summary
    assert summary is not None
    assert found.score == summary["student"]["accuracy"]
    assert found.sizes["parameters"] == summary["student"]["parameters"]
    assert (found.student, found.methods, found.state) == ("mlp-32", (("hard_labels", 1.0),), "finished")
    assert (found.split, found.has_teacher, found.baseline) == ("test", False, {})
    assert found.started == pytest.approx(Run(run).started)


def test_that_latency_is_known_of_runs_that_measured_it(run: Path, tmp_path: Path) -> None:
    found, summary = facts.read(run), Run(run).summary
    assert summary is not None
    latency = summary["timing"].pop("latency")["student"]
    assert (found.sizes["latency_ms"], found.own["latency_note"]) == (latency["milliseconds"], latency["note"])
    older = shutil.copytree(run, tmp_path / "older")
    (older / "summary.json").write_text(json.dumps(summary))
    assert facts.read(older).sizes["latency_ms"] is None
    assert facts.read(older).score == found.score


def test_that_a_teacher_is_told_once_wherever_its_file_lies(run: Path, tmp_path: Path) -> None:
    teacher = run / "checkpoints" / "best" / "student.safetensors"
    recipe = json.loads((run / "recipe.json").read_text())
    summary = json.loads((run / "summary.json").read_text())
    rows = []
    for at, score in enumerate((0.9, 0.9, 0.8)):
        folder = shutil.copytree(run, tmp_path / f"run{at}")
        (tmp_path / f"place{at}").mkdir()
        moved = shutil.copy(teacher, tmp_path / f"place{at}" / "teacher.safetensors")
        (folder / "recipe.json").write_text(json.dumps(recipe | {"teachers": [{"path": str(moved)}]}))
        told = summary["student"] | {"accuracy": score}
        (folder / "summary.json").write_text(json.dumps(summary | {"teacher": told}))
        rows.append(facts.read(folder))
    assert [one.own["accuracy"] for one in facts.teachers_of(rows)] == [0.9, 0.8]


def test_that_older_runs_say_what_they_kept_of_validation(run: Path, tmp_path: Path) -> None:
    older = shutil.copytree(run, tmp_path / "older")
    summary = json.loads((older / "summary.json").read_text())
    told = summary.pop("validation")
    (older / "summary.json").write_text(json.dumps(summary))
    assert facts.read(run).validation == told
    assert facts.read(older).validation == told
    assert facts.read(older).rank == told["student"]["accuracy"] != facts.read(older).tested
    shutil.rmtree(older / "predictions")
    assert facts.read(older).rank is None


def test_that_a_run_without_an_end_has_its_last_evaluation(run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run, tmp_path / "torn")
    (folder / "summary.json").unlink()
    (folder / "status.json").unlink()
    found = facts.read(folder)
    curve = Run(folder).curves.metrics["student", "validation", "accuracy"]
    assert found.score == curve.value[-1]
    assert (found.split, found.state) == ("validation", "interrupted")
    assert (found.rank, found.tested) == (curve.value[-1], None)
    assert not {"kl", "structure"} & set(found.validated)  # measured at the run's own temperature


def test_that_an_empty_or_damaged_folder_is_no_error(tmp_path: Path) -> None:
    assert facts.read(tmp_path).score is None
    (tmp_path / "recipe.json").write_text('{"student": 3, "methods": [')
    (tmp_path / "summary.json").write_text("[]")
    assert facts.read(tmp_path).student == ""


def test_that_the_clock_s_folders_are_counted_and_keep_their_number(run: Path, tmp_path: Path) -> None:
    names = ("20261101-100000-mlp", "20261102-100000-mlp", "mine")
    paths = [shutil.copytree(run, tmp_path / name) for name in names]
    assert list(facts.titles(paths).values()) == ["Run 1", "Run 2", "mine"]
    archive(paths[0])
    assert facts.titles(paths[1:])[paths[1]] == "Run 2"
    assert facts.runs_in(tmp_path) == paths[1:]


def test_that_runs_are_found_in_a_project_and_a_run_is_itself(run: Path, tmp_path: Path) -> None:
    inside = shutil.copytree(run, tmp_path / "runs" / "one")
    assert facts.runs_in(tmp_path) == facts.runs_in(tmp_path / "runs") == facts.runs_in(inside) == [inside]
    assert facts.runs_in(tmp_path / "nothing") == []


def test_that_only_the_size_of_the_student_keeps_the_family(run: Path, tmp_path: Path) -> None:
    def changed(name: str, **changes: object) -> facts.Facts:
        folder = shutil.copytree(run, tmp_path / name)
        recipe = json.loads((folder / "recipe.json").read_text())
        (folder / "recipe.json").write_text(json.dumps(recipe | changes))
        return facts.read(folder)

    own = facts.read(run).family
    assert changed("wider", student={"architecture": "mlp", "knobs": {"hidden": [99]}}).family == own
    assert changed("other", student={"architecture": "lenet"}).family != own
    assert changed("longer", epochs=99).family != own


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ({"architecture": "wide_resnet", "knobs": {"depth": 16, "width": 2}}, "wide-resnet-16-2"),
        ({"architecture": "lenet", "knobs": {"channels": [8, 16], "hidden": [32]}}, "lenet-8-16"),
        ({"path": "/somewhere/small.safetensors"}, "small"),
        ({"path": "/somewhere/small.safetensors", "prune": 0.75}, "small, 25% kept"),
        ({"path": "small.safetensors", "prune": 0.75, "prune_unit": "weights"}, "small, 75% zeros"),
        ({"shrink": {"width": 0.5, "depth": None}}, "teacher × 0.5"),
        ({}, ""),
    ],
)
def test_that_students_are_told_apart_by_their_size(student: dict, words: str) -> None:
    assert facts.student_words(student) == words


def test_that_a_stamp_changes_with_what_can_be_said(run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run, tmp_path / "stamped")
    before = facts.stamp(folder)
    assert facts.stamp(folder) == before
    (folder / "notes.json").write_text("{}")
    assert facts.stamp(folder) != before


def test_that_a_history_is_the_run_s_own_curve(run: Path) -> None:
    found, curve = history(run), Run(run).curves.metrics["student", "validation", "accuracy"]
    assert found.metrics["accuracy"].value.tolist() == curve.value.tolist()
    minutes = found.minutes("accuracy")
    assert (minutes > 0).all()
    assert (minutes[1:] > minutes[:-1]).all()
    assert history(run.parent).metrics == {}
