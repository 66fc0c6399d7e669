"""Exported files, asked through the runtime they are for."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from kdstudio.core.errors import ExportError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.export.export import export
from kdstudio.export.formats import EXPORTERS
from kdstudio.export.session import classify
from kdstudio.export.verify import verify
from kdstudio.models.preprocessing import as_tensor
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train


def finish(events):
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bunch = load_digits()
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(path, images=(bunch.images * 15.9).astype(np.uint8), labels=bunch.target)
    return path


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher and a student that were really trained, the student by distillation."""
    recipe = {
        "data": {"path": str(data), "validation": 0.2},
        "student": {"architecture": "mlp", "knobs": {"hidden": [64]}},
        "methods": [{"method": "hard_labels"}],
        "optimizer": {"learning_rate": 0.1},
        "epochs": 4,
        "batch_size": 64,
        "threads": 1,
        "device": "cpu",
    }
    first = tmp_path_factory.mktemp("teacher") / "run"
    finish(train(parse(recipe), first))
    recipe["teachers"] = [{"path": str(RunFolder(first).checkpoint("best") / "student.safetensors")}]
    recipe["student"] = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    recipe["methods"] = [{"method": "soft_targets"}]
    folder = tmp_path_factory.mktemp("student") / "run"
    finish(train(parse(recipe), folder))
    return folder


@pytest.fixture(scope="module")
def out(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "dir ä"
    finish(export(run, folder))
    return folder


def test_that_raw_pixels_through_onnxruntime_give_the_summarys_accuracy(run: Path, data: Path, out: Path) -> None:
    recipe = parse(json.loads((run / "recipe.json").read_text()))
    test = divide(read(data), recipe.data, recipe.seed).test
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": test.read(np.arange(len(test)))})[0]
    summary = json.loads((run / "summary.json").read_text())
    assert float((logits.argmax(1) == test.targets).mean()) == summary["student"]["accuracy"]


def test_that_the_onnx_file_keeps_the_contract(out: Path) -> None:
    graph = onnx.load(out / "model.onnx")
    assert graph.opset_import[0].version == 18
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    (given,), (answer,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape[1:]) == ("image", "tensor(uint8)", [1, 8, 8])
    assert (answer.name, answer.type, answer.shape[1:]) == ("logits", "tensor(float)", [10])
    for batch in (1, 3, 17):
        assert session.run(None, {"image": np.zeros((batch, 1, 8, 8), np.uint8)})[0].shape == (batch, 10)
    metadata = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(metadata["labels"]) == [str(digit) for digit in range(10)]


def test_that_no_teacher_is_inside(run: Path, out: Path) -> None:
    graph = onnx.load(out / "model.onnx")
    numbers = sum(int(np.prod(tensor.dims)) for tensor in graph.graph.initializer)
    student = load(RunFolder(run).checkpoint("best") / "student.safetensors")
    buffers = sum(buffer.numel() for buffer in student.module.buffers())
    assert numbers <= student.parameters + buffers + 50
    assert len(load(out / "model.safetensors").module.state_dict()) == len(student.module.state_dict())


def test_that_the_safetensors_file_opens_as_the_same_student(run: Path, out: Path) -> None:
    one = load(RunFolder(run).checkpoint("best") / "student.safetensors")
    other = load(out / "model.safetensors")
    inputs = torch.rand(5, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(one.logits(inputs), other.logits(inputs))


def test_that_predict_py_runs_with_what_requirements_txt_names(out: Path, tmp_path: Path) -> None:
    picture = tmp_path / "ziffer ä.png"
    Image.fromarray((load_digits().images[0] * 15.9).astype(np.uint8)).resize((40, 40)).save(picture)
    script = out / "predict.py"
    command = [sys.executable, "-W", "ignore", str(script), str(picture)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert "%" in done.stdout
    imported = {line.split()[1].split(".")[0] for line in script.read_text().splitlines() if line.startswith("import ")}
    assert imported <= {"numpy", "onnxruntime", "PIL", "json", "sys"}
    assert (out / "requirements.txt").read_text().split() == ["numpy", "onnxruntime", "Pillow"]


def test_that_the_bundle_is_complete_and_its_numbers_are_those_of_the_summary(run: Path, out: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    card = (out / "MODEL_CARD.md").read_text()
    assert f"{summary['student']['accuracy']:.1%}" in card
    assert f"{summary['transfer']['inherited']:.1%}" in card
    assert json.loads((out / "labels.json").read_text()) == [str(digit) for digit in range(10)]
    reports = json.loads((out / "report.json").read_text())
    assert {report["format"] for report in reports} == {"onnx", "safetensors"}
    assert all(report["passed"] and report["agreement"] == 1.0 for report in reports)
    assert reports[1]["largest_difference"] == 0.0
    assert reports[0]["latency_ms"]["p50"] <= reports[0]["latency_ms"]["p95"]
    assert not [file for file in out.iterdir() if file.name.startswith(".export")]


def test_that_a_file_that_answers_differently_is_set_aside(run: Path, tmp_path: Path, monkeypatch) -> None:
    """The fault is real: the student's normalisation is left out of the exported file."""
    from kdstudio.models.preprocessing import Preprocessing

    safetensors = EXPORTERS["safetensors"]

    class Careless(safetensors):  # type: ignore[misc, valid-type]
        @staticmethod
        def write(model, shape, path):
            safetensors.write(model.with_preprocessing(Preprocessing.plain(1, (8, 8))), shape, path)

    monkeypatch.setitem(EXPORTERS._plugins, "safetensors", Careless)
    (report,) = finish(export(run, tmp_path / "out", ["safetensors"]))
    assert not report.passed
    assert report.largest_difference > report.limit
    assert "disagrees" in report.problems[0].message
    assert (tmp_path / "out" / "failed" / "model.safetensors").exists()
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_that_verify_counts_what_differs() -> None:
    student = load_student()
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    with torch.inference_mode():
        logits = student.logits(as_tensor(images)).numpy()

    def shifted(given: np.ndarray) -> np.ndarray:
        found = np.array([int(np.flatnonzero((images == one).all((1, 2, 3)))[0]) for one in given])
        answers = logits[found].copy()
        answers[found == 7, 3] += 0.5
        return answers

    verdict = finish(verify(student, shifted, images, logits.argmax(1), "shifted"))
    assert verdict.largest_difference == pytest.approx(0.5)
    assert sum(difference > 0 for difference in verdict.differences) == 1
    assert not verdict.passed
    assert verdict.accuracy_before == 1.0


def load_student():
    from kdstudio.models.preprocessing import Preprocessing
    from kdstudio.models.student import student
    from kdstudio.recipe.choices import StudentChoice

    choice = StudentChoice(architecture="mlp", knobs={"hidden": [16]})
    return student(choice, (1, 8, 8), 10, tuple("0123456789"), Preprocessing.plain(1, (8, 8)), 0)


def test_that_an_exported_file_answers_one_picture(out: Path) -> None:
    picture = (load_digits().images[3] * 15.9).astype(np.uint8)[None]
    onnx_logits, torch_logits = classify(out / "model.onnx", picture), classify(out / "model.safetensors", picture)
    assert onnx_logits == pytest.approx(torch_logits, abs=1e-4)


def test_that_wrong_calls_say_what_to_do(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as unknown:
        finish(export(run, tmp_path, ["onxx"]))
    assert "onnx, safetensors" in unknown.value.hint
    with pytest.raises(ExportError):
        finish(export(run, tmp_path, ["onnx"], "first"))
    with pytest.raises(RunError):
        finish(export(tmp_path, tmp_path / "out"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError) as blocked:
        finish(export(run, tmp_path / "file" / "out", ["safetensors"]))
    assert "another folder" in blocked.value.hint
