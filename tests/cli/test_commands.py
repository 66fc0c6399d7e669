"""The terminal's promises: exit statuses, one JSON object on stdout, errors with hints."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from kdstudio.cli import main
from kdstudio.core.layout import RunFolder
from tests.small_task import quick_recipe, write_digits


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("mit leerzeichen ä") / "digits.npz")


@pytest.fixture(scope="module")
def recipe(data: Path) -> Path:
    path = data.parent / "recipe.json"
    path.write_text(json.dumps(quick_recipe("digits.npz", epochs=6, batch_size=32)))
    return path


@pytest.fixture(scope="module")
def teacher(recipe: Path) -> Path:
    folder = recipe.parent / "teacher run"
    assert main(["train", str(recipe), "--run", str(folder), "--set", 'student.knobs={"hidden": [128]}']) == 0
    return folder


@pytest.fixture(scope="module")
def run(recipe: Path, teacher: Path) -> Path:
    value = json.loads(recipe.read_text())
    value["teachers"] = [{"path": str(teacher / "checkpoints" / "best" / "student.safetensors")}]
    value["methods"] = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}]
    path = recipe.with_name("distil.json")
    path.write_text(json.dumps(value))
    folder = recipe.parent / "run"
    assert main(["train", str(path), "--run", str(folder)]) == 0
    return folder


def answer(capfd: pytest.CaptureFixture[str], *arguments: object) -> dict:
    capfd.readouterr()
    status = main([str(argument) for argument in (*arguments, "--json")])
    out, _ = capfd.readouterr()
    assert status == 0
    return json.loads(out)  # one object and nothing else


def test_that_inspect_says_what_each_path_is(capfd, data: Path, teacher: Path, recipe: Path) -> None:
    model = teacher / "checkpoints" / "best" / "student.safetensors"
    items = answer(capfd, "inspect", data, model, recipe, teacher)["items"]
    assert [item["role"] for item in items] == ["data", "model", "recipe", "run"]
    assert items[0]["classes"] == 10
    assert items[0]["counts"]["train"] == 1797
    assert items[1]["architecture"] == "mlp"
    assert items[1]["parameters"] == 64 * 128 + 128 + 128 * 10 + 10
    assert items[1]["latency_ms"] > 0
    assert items[1]["activation_bytes"] == 4 * (64 + 128 + 10)  # its ReLU answers in place
    assert {"path", "role", "format", "architecture", "layers", "classes", "counts", "problems"} <= set(items[0])


def test_that_methods_and_students_come_with_their_schemas(capfd) -> None:
    (method,) = answer(capfd, "methods", "soft_targets")["methods"]
    assert set(method) == {"name", "family", "title", "paper", "help", "schema"}
    assert method["schema"]["properties"]["temperature"]["default"] == 4.0
    names = {student["name"] for student in answer(capfd, "students")["students"]}
    assert {"mlp", "lenet", "resnet", "wide_resnet", "mobilenet"} <= names


def test_that_training_ends_with_the_summary_of_the_contract(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    for learner in ("teacher", "student", "baseline"):
        assert {"accuracy", "nll", "ece", "parameters", "bytes", "macs", "errors", "count"} <= set(summary[learner])
    assert set(summary["transfer"]) == {
        "temperature", "agreement", "kl", "structure", "inherited", "recovered",
        "baseline_agreement", "baseline_kl", "baseline_structure", "baseline_inherited",
    }  # fmt: skip
    assert summary["transfer"]["kl"] < summary["transfer"]["baseline_kl"]
    assert {"seconds", "samples_per_second", "teacher_seconds", "cache"} <= set(summary["timing"])
    assert set(summary["timing"]["latency"]) == {"teacher", "student", "baseline"}
    for latency in summary["timing"]["latency"].values():
        assert latency["milliseconds"] > 0
        assert latency["note"] == "one input at a time, 1 CPU thread"
    for name in ("recipe.json", "provenance.json", "events.jsonl", "status.json"):
        assert (run / name).exists()


def test_that_the_resolved_recipe_is_a_recipe_and_gives_the_same_run(run: Path, tmp_path: Path) -> None:
    resolved = json.loads((run / "recipe.json").read_text())
    assert "auto" not in (
        resolved["threads"],
        resolved["device"],
        resolved["augmentation"]["views"],
        resolved["probes"],
    )
    assert main(["train", str(run / "recipe.json"), "--run", str(tmp_path / "again")]) == 0
    one = load_file(RunFolder(run).checkpoint("last") / "student.safetensors")
    other = load_file(RunFolder(tmp_path / "again").checkpoint("last") / "student.safetensors")
    assert all((one[key] == other[key]).all() for key in one)


def test_that_evaluate_gives_the_accuracy_of_the_summary(capfd, run: Path, data: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    scored = answer(capfd, "evaluate", run, "--data", data)
    assert scored["accuracy"] == summary["student"]["accuracy"]
    assert scored["count"] == summary["student"]["count"]


def test_that_report_writes_one_page_and_says_where(run: Path, capfd, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "report.html"
    assert main(["report", str(run), "--to", str(path), "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"path": str(path), "bytes": path.stat().st_size}
    assert f"{json.loads((run / 'summary.json').read_text())['student']['accuracy']:.1%}" in path.read_text("utf-8")
    assert main(["report", str(tmp_path), "--to", str(path)]) == 1
    assert "is not a run folder" in " ".join(capfd.readouterr().err.split())


def test_that_a_finished_run_is_left_as_it_is(run: Path, capfd) -> None:
    before = {file: file.stat().st_mtime_ns for file in run.rglob("*") if file.is_file()}
    summary = answer(capfd, "train", "--resume", "--run", run)
    assert summary["student"]["accuracy"] is not None
    assert {file: file.stat().st_mtime_ns for file in run.rglob("*") if file.is_file()} == before


def test_that_resuming_with_another_recipe_is_refused_with_the_difference(run: Path, capfd) -> None:
    capfd.readouterr()
    assert main(["train", "--resume", "--run", str(run), "--set", "epochs=7"]) == 2
    _, err = capfd.readouterr()
    assert "epochs" in err
    assert "6" in err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["train"], 2, "no recipe was given"),
        (["train", "nothing.json"], 2, "cannot read the recipe"),
        (["train", "--resume"], 2, "--run"),
        (["train", "--resume", "--run", "nowhere"], 1, "is no run folder"),
        (["methods", "magic"], 1, "soft_targets"),
        (["evaluate", "nothing.pt", "--data", "."], 1, "no such file"),
        (["export", "nowhere", "--to", "x"], 1, "is no run folder"),
        (["nonsense"], 2, "nonsense"),
        (["inspect"], 2, "PATHS"),
    ],
)
def test_that_a_wrong_call_ends_with_one_message_and_a_hint(
    arguments, status, words, capfd, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == status
    out, err = capfd.readouterr()
    assert words.lower() in (out + err).lower().replace("\n", " ")
    assert "Traceback" not in err


def test_that_all_problems_of_a_recipe_come_at_once(recipe: Path, capfd, tmp_path: Path) -> None:
    changes = ["--set", "data.path=/nowhere", "--set", "student.knobs.hidden=wide", "--set", "methods[0].temperature=4"]
    assert main(["train", str(recipe), *changes, "--run", str(tmp_path / "run")]) == 2
    _, err = capfd.readouterr()
    for path in ("data.path", "student.knobs.hidden", "methods[0].temperature"):
        assert path in err
    assert not (tmp_path / "run").exists()


def test_that_ctrl_c_saves_a_checkpoint_and_says_130(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = "import sys; from kdstudio.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "train", str(recipe), "--run", str(folder), "--set", "epochs=2000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "100"})
    status = folder / "status.json"
    while process.poll() is None and not (status.exists() and json.loads(status.read_text())["step"] > 50):
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"--resume" in err
    assert (RunFolder(folder).checkpoint("last") / "state").exists()
    assert json.loads(status.read_text())["state"] == "stopped"


def test_that_export_is_verified_and_reported(capfd, run: Path, tmp_path: Path) -> None:
    files = answer(capfd, "export", run, "--to", tmp_path / "out", "--format", "onnx", "--format", "safetensors")[
        "files"
    ]
    assert all(report["passed"] for report in files)
    assert files[0]["accuracy"] == json.loads((run / "summary.json").read_text())["student"]["accuracy"]
    assert (tmp_path / "out" / "model.onnx").exists()


def test_that_inspect_takes_the_classes_from_a_column_that_is_named(tmp_path: Path, capfd) -> None:
    lines = [f"{at * 0.7 % 5},{at % 3},{'ab'[at % 2]},{'xyz'[at % 3]}" for at in range(60)]
    (tmp_path / "table.csv").write_text("length,count,target,other\n" + "\n".join(lines))
    assert main(["inspect", str(tmp_path / "table.csv"), "--json"]) == 0
    (item,) = json.loads(capfd.readouterr().out)["items"]
    assert (item["target"], item["class_names"]) == ("target", ["a", "b"])
    assert item["columns"] == ["length", "count", "target", "other"]
    assert main(["inspect", str(tmp_path / "table.csv"), "--target", "other", "--json"]) == 0
    printed = capfd.readouterr()
    (item,) = json.loads(printed.out)["items"]
    assert (item["target"], item["class_names"]) == ("other", ["x", "y", "z"])
    assert printed.err == ""
    assert main(["inspect", str(tmp_path / "table.csv"), "--target", "colour"]) == 1
    assert "length, count, target, other" in " ".join(capfd.readouterr().out.split())
