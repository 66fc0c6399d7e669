"""`kdstudio prune`: a finished student with fewer channels, trained on by the same teacher."""

import json
from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper

from kdstudio.cli import main
from kdstudio.core.files import deflated_size
from kdstudio.core.layout import RunFolder
from kdstudio.models.source import load
from kdstudio.models.sparse import zeros
from tests.small_task import quick_recipe, trained, write_digits

CNN = {"architecture": "small_cnn", "knobs": {"width": 8, "blocks": 2}}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that a teacher taught."""
    place = tmp_path_factory.mktemp("prune")
    recipe = quick_recipe(write_digits(place / "digits.npz"), epochs=4)
    teacher = trained(recipe, place / "teacher") / "checkpoints/best/student.safetensors"
    methods = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}]
    return trained(recipe | {"teachers": [{"path": str(teacher)}], "student": CNN, "methods": methods}, place / "run")


def test_that_a_pruned_student_is_trained_on_beside_one_without_a_teacher(run: Path, tmp_path: Path, capfd) -> None:
    assert main(["prune", str(run), "--share", "0.5", "--run", str(tmp_path / "small"), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    before = json.loads((run / "summary.json").read_text())
    assert told["student"]["parameters"] == told["baseline"]["parameters"] < 0.4 * before["student"]["parameters"]
    assert told["student"]["accuracy"] > 0.5
    small = load(tmp_path / "small/checkpoints/best/student.safetensors")
    assert (small.spec.architecture, small.spec.knobs["width"]) == ("small_cnn", 4)
    assert main(["export", str(tmp_path / "small"), "--to", str(tmp_path / "out"), "--format", "onnx"]) == 0
    assert main(["prune", str(tmp_path / "small"), "--share", "0.25", "--run", str(tmp_path / "less")]) == 0
    assert load(tmp_path / "less/checkpoints/best/student.safetensors").spec.knobs["width"] == 3


def test_that_single_weights_become_zeros_that_the_exported_files_hold(run: Path, tmp_path: Path, capfd) -> None:
    asked = ["--share", "0.8", "--weights", "--set", "epochs=2", "--json"]
    assert main(["prune", str(run), "--run", str(tmp_path / "sparse"), *asked]) == 0
    told, before = json.loads(capfd.readouterr().out), json.loads((run / "summary.json").read_text())
    assert told["student"]["parameters"] == told["baseline"]["parameters"] == before["student"]["parameters"]
    assert told["student"]["accuracy"] > 0.4
    out = tmp_path / "out"
    formats = ["--format", "safetensors", "--format", "onnx"]
    assert main(["export", str(tmp_path / "sparse"), "--to", str(out), *formats, "--json"]) == 0
    reports = {one["format"]: one for one in json.loads(capfd.readouterr().out)["files"]}
    again = load(out / "model.safetensors")
    assert again.spec.sparse
    assert zeros(again.module) == pytest.approx(0.8, abs=0.01)
    graph = [numpy_helper.to_array(one) for one in onnx.load(out / "model.onnx").graph.initializer]
    kernels = [one for one in graph if one.ndim > 1]
    assert sum(int((one == 0).sum()) for one in kernels) / sum(one.size for one in kernels) == pytest.approx(
        0.8, abs=0.02
    )
    for report in reports.values():
        assert report["compressed"] == deflated_size(Path(report["path"])) < 0.7 * report["bytes"]
    card = " ".join((out / "MODEL_CARD.md").read_text().split())
    assert f"{reports['onnx']['compressed']:,} when compressed" in card
    assert "of the weights in its matrices and kernels are zero" in card
    assert main(["prune", str(tmp_path / "sparse"), "--weights", "--run", str(tmp_path / "more")]) == 2
    assert "are zero already" in " ".join(capfd.readouterr().err.split())


def test_that_what_layers_can_do_without_is_told_and_kept(run: Path, capfd) -> None:
    assert main(["sensitivity", str(run), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["unit"] == "channels"
    assert len(told["scores"]) == len(told["layers"]) == len(told["sizes"]) > 1
    assert json.loads(RunFolder(run).sensitivity("channels").read_text()) == told
    assert main(["sensitivity", str(run)]) == 0  # from what is kept
    words = " ".join(capfd.readouterr().out.split())
    assert "without 50% of its channels" in words
    assert "Agreement with teacher without" in words
    assert "One layer at a time, without training" in words


def test_that_pruning_needs_a_finished_student(tmp_path: Path, capfd) -> None:
    assert main(["prune", str(tmp_path)]) == 1
    assert "is no run folder" in " ".join(capfd.readouterr().err.split())


def test_that_a_quantized_student_is_trained_on_and_its_file_has_what_it_learned(run: Path, tmp_path, capfd) -> None:
    assert main(["quantize", str(run), "--run", str(tmp_path / "small"), "--set", "epochs=2", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    before = json.loads((run / "summary.json").read_text())
    assert told["student"]["parameters"] == told["baseline"]["parameters"] == before["student"]["parameters"]
    assert told["student"]["bytes"] < 0.5 * before["student"]["bytes"]
    assert told["student"]["accuracy"] > before["student"]["accuracy"] - 0.03
    out = ["--to", str(tmp_path / "out"), "--format", "safetensors", "--quantize", "int8", "--json"]
    assert main(["export", str(tmp_path / "small"), *out]) == 0
    reports = json.loads(capfd.readouterr().out)["files"]
    assert {one["accuracy_before"] for one in reports} == {told["student"]["accuracy"]}
    assert main(["prune", str(tmp_path / "small"), "--run", str(tmp_path / "less")]) == 2
    assert "quantize what is left" in " ".join(capfd.readouterr().err.split())
