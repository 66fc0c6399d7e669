"""`kdstudio compare`: runs and files of answers on the same inputs, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.naive_bayes import GaussianNB

from kdstudio.cli import main
from kdstudio.project.run import Run
from tests.small_task import quick_recipe, trained, write_digits


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two students on the same digits, of different widths."""
    home = tmp_path_factory.mktemp("runs")
    data = write_digits(home / "digits.npz")
    recipe = quick_recipe(data)
    wide = quick_recipe(data, student={"architecture": "mlp", "knobs": {"hidden": [64]}})
    return trained(recipe, home / "narrow"), trained(wide, home / "wide")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, np.ndarray]:
    """A classifier's probabilities with labels in a CSV, another's in an npz without; and the labels."""
    home = tmp_path_factory.mktemp("answers")
    bunch = load_digits()
    inputs, labels = bunch.data / 16, bunch.target
    good = LogisticRegression(max_iter=300).fit(inputs[:600], labels[:600]).predict_proba(inputs[600:])
    poor = GaussianNB().fit(inputs[:600], labels[:600]).predict_proba(inputs[600:])
    with open(home / "good.csv", "w", encoding="utf-8") as file:
        file.write(",".join([*(f"class_{i}" for i in range(10)), "label"]) + "\n")
        for row, label in zip(good, labels[600:], strict=True):
            file.write(",".join([*(f"{value:.7g}" for value in row), str(label)]) + "\n")
    np.savez(home / "poor.npz", probabilities=poor)
    return home / "good.csv", home / "poor.npz", labels[600:]


def answer(capfd: pytest.CaptureFixture[str], *arguments: object) -> dict:
    capfd.readouterr()
    assert main(["compare", *map(str, arguments), "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def refusal(capfd: pytest.CaptureFixture[str], *arguments: object) -> str:
    capfd.readouterr()
    assert main(["compare", *map(str, arguments)]) == 1
    return " ".join(capfd.readouterr().err.split())


def test_that_two_runs_are_compared_on_their_test_inputs(capfd, runs: tuple[Path, Path]) -> None:
    value = answer(capfd, *runs, "--temperature", 2)
    assert [model["name"] for model in value["models"]] == ["narrow", "wide"]
    for model, folder in zip(value["models"], runs, strict=True):
        summary = Run(folder).summary
        assert summary is not None
        assert model["accuracy"] == pytest.approx(summary["student"]["accuracy"])
        assert model["parameters"] == summary["student"]["parameters"]
        assert model["latency_ms"] == summary["timing"]["latency"]["student"]["milliseconds"]
        assert model["latency_note"] == "one input at a time, 1 CPU thread"
        assert (model["split"], model["path"], model["learner"]) == ("test", str(folder), "student")
    (pair,) = value["pairs"]
    assert (pair["a"], pair["b"], value["temperature"]) == ("narrow", "wide", 2)
    gap = value["models"][0]["accuracy"] - value["models"][1]["accuracy"]
    assert pair["difference"]["value"] == pytest.approx(gap)
    assert pair["difference"]["low"] <= gap <= pair["difference"]["high"]
    first, second = (Run(folder).predictions("student", "test", "best") for folder in runs)
    assert pair["agreement"] == (first.labels == second.labels).mean()


def test_that_one_run_gives_all_its_learners(capfd, tmp_path: Path, runs: tuple[Path, Path]) -> None:
    assert "only one model" in refusal(capfd, runs[0])  # it has neither teacher nor baseline
    teacher = [{"path": str(runs[1] / "checkpoints" / "best" / "student.safetensors")}]
    data = json.loads((runs[0] / "recipe.json").read_text())["data"]["path"]
    folder = trained(quick_recipe(data, teachers=teacher, methods=[{"method": "soft_targets"}]), tmp_path / "taught")
    value = answer(capfd, folder)
    assert [model["learner"] for model in value["models"]] == ["teacher", "student", "baseline"]
    assert len(value["pairs"]) == 3
    summary = Run(folder).summary
    assert summary is not None
    assert value["pairs"][0]["agreement"] == pytest.approx(summary["transfer"]["agreement"])
    assert value["pairs"][0]["kl"] == pytest.approx(summary["transfer"]["kl"], rel=1e-3)
    assert [one["name"] for one in answer(capfd, folder, *runs)["models"]][:2] == ["teacher", "taught"]


def test_that_files_from_elsewhere_need_no_training(capfd, files: tuple[Path, Path, np.ndarray]) -> None:
    good, poor, labels = files
    value = answer(capfd, good, poor)
    assert [model["name"] for model in value["models"]] == ["good", "poor"]
    said = np.load(poor)["probabilities"].argmax(axis=1)
    assert value["models"][1]["accuracy"] == pytest.approx(accuracy_score(labels, said))  # the labels of the other file
    assert value["pairs"][0]["difference"]["low"] > 0
    assert value["pairs"][0]["mcnemar"]["mid_p"] < 0.01


def test_that_the_order_of_named_rows_does_not_count(capfd, tmp_path: Path, files) -> None:
    _, poor, labels = files
    rows = np.load(poor)["probabilities"]
    turned = np.arange(len(rows))[::-1]
    np.savez(tmp_path / "turned.npz", logits=np.log(rows[turned] + 1e-7), row=turned, labels=labels[turned])
    names = np.array([f"{i:04d}.png" for i in range(len(rows))])
    np.savez(tmp_path / "a.npz", logits=np.log(rows + 1e-7), files=names)
    np.savez(tmp_path / "b.npz", logits=np.log(rows[turned] + 1e-7), files=names[turned])
    for first, second in ((poor, tmp_path / "turned.npz"), (tmp_path / "a.npz", tmp_path / "b.npz")):
        assert answer(capfd, first, second)["pairs"][0]["agreement"] == 1.0


def test_that_a_run_and_a_file_meet_on_the_run_s_inputs(capfd, tmp_path: Path, runs: tuple[Path, Path]) -> None:
    student = Run(runs[0]).predictions("student", "test", "best")
    np.save(tmp_path / "mine.npy", np.asarray(student.logits)[np.argsort(student.index)])
    value = answer(capfd, runs[0], tmp_path / "mine.npy")
    assert value["pairs"][0]["agreement"] == 1.0
    assert value["models"][1]["accuracy"] == value["models"][0]["accuracy"]


def test_that_other_inputs_classes_and_labels_are_refused(capfd, tmp_path: Path, files) -> None:
    good, poor, labels = files
    rows = np.load(poor)["probabilities"]
    np.savez(tmp_path / "fewer.npz", probabilities=rows[:-7])
    assert "“fewer.npz” answers 1,190 inputs and “poor.npz” 1,197" in refusal(capfd, poor, tmp_path / "fewer.npz")
    np.savez(tmp_path / "five.npz", logits=np.log(rows[:, :5] + 1e-7))
    assert "“five.npz” has 5 classes and “poor.npz” 10" in refusal(capfd, poor, tmp_path / "five.npz")
    np.savez(tmp_path / "other.npz", logits=np.log(rows + 1e-7), labels=(labels + 1) % 10)
    assert "“other.npz” has other labels for 1,197 of the 1,197 inputs" in refusal(capfd, good, tmp_path / "other.npz")
    np.savez(tmp_path / "shifted.npz", probabilities=rows, row=np.arange(len(rows)) + 3)
    assert "answers other inputs" in refusal(capfd, poor, tmp_path / "shifted.npz")
    assert "is missing" in refusal(capfd, poor, tmp_path / "nothing.npz")


def test_that_the_table_says_what_its_numbers_are(capfd, files) -> None:
    assert main(["compare", *map(str, files[:2])]) == 0
    out = capfd.readouterr().out
    assert "good" in out
    assert "1,197 inputs." in out  # nobody says of which part
    assert "McNemar" in out
