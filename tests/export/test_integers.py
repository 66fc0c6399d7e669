"""Students that learned with rounding, as files of whole numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.export.exporters.onnx import Onnx
from kdstudio.export.integers import in_integers
from kdstudio.models.quantized import quantized
from kdstudio.models.rounding import roundings
from kdstudio.models.source import load
from kdstudio.recipe.report import ExportReport
from tests.models.test_pruned import network
from tests.models.test_quantized import FAMILIES, some
from tests.small_task import trained

WHOLE = {"QLinearConv", "QGemm", "QLinearAdd", "MatMulIntegerToFloat"}
FLOAT = {"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul"}


def as_it_runs(file: Path) -> set[str]:
    """Return the kinds of operators that ONNX Runtime makes of a file."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath, options.log_severity_level = str(file.with_suffix(".seen")), 3
    onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return {node.op_type for node in onnx.load(file.with_suffix(".seen")).graph.node}


QUICK = ("mlp", "small_cnn", "resnet")
SLOW = [pytest.param(*one, marks=[] if one[0] in QUICK else [pytest.mark.slow], id=one[0]) for one in FAMILIES]


@pytest.mark.parametrize(("name", "knobs", "channels"), SLOW)
def test_that_the_graph_answers_as_the_rounding_network(name, knobs, channels, tmp_path: Path) -> None:
    side = 32 if channels == 3 else 28
    model, generator = network(name, knobs, channels, side), torch.Generator().manual_seed(3)
    for norm in (one for one in model.module.modules() if isinstance(one, _BatchNorm)):  # as after learning, and worse
        norm.running_mean.uniform_(-0.2, 0.2, generator=generator)
        norm.running_var.uniform_(0.5, 2, generator=generator)
        norm.weight.data.uniform_(-0.3, 1.3, generator=generator)
        norm.bias.data.uniform_(-0.2, 0.2, generator=generator)
        norm.weight.data[0] = 0
    part = some(channels)
    small, file = quantized(model, part), tmp_path / "model.onnx"
    Onnx.write(small, (channels, side, side), file)
    values = part.read(np.arange(30))
    with torch.no_grad():
        wanted = small.respond(values).numpy()
    found = Onnx.open(file)({"image": values})
    scale = np.abs(wanted).max()
    assert np.abs(found - wanted).max() < 0.05 * scale  # a sum in another order may end one step beside
    assert np.abs(found - wanted).mean() < 0.005 * scale
    operators = as_it_runs(file)
    assert not operators & FLOAT
    assert operators & WHOLE


def test_that_weights_that_are_always_0_are_no_trouble(tmp_path: Path) -> None:
    model = network("mlp", {"hidden": [8]})
    with torch.no_grad():
        for one in model.module.parameters():
            one.zero_()
        model.module.fc2.bias.copy_(torch.arange(10) / 3)
    small = quantized(model, some())
    Onnx.write(small, (1, 28, 28), tmp_path / "model.onnx")
    found = Onnx.open(tmp_path / "model.onnx")({"image": some().read(np.arange(2))})
    np.testing.assert_allclose(found, np.tile(np.arange(10) / 3, (2, 1)), atol=1e-6)


def test_that_a_model_that_does_not_round_stays() -> None:
    model = network("lenet", {})
    assert in_integers(model) is model


@pytest.fixture(scope="module")
def small(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The student of the run, trained on with rounding by the same teacher."""
    recipe = json.loads(RunFolder(run).recipe.read_text())
    recipe |= {"student": {"path": str(RunFolder(run).best_student), "quantize": "int8"}, "epochs": 2}
    return trained(recipe, tmp_path_factory.mktemp("small") / "run")


@pytest.fixture(scope="module")
def written(small: Path, finish, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ExportReport]:
    formats = ["onnx", "onnx_int8", "onnx_fp16", "ort", "pt2", "safetensors", "torchscript"]
    return {one.format: one for one in finish(export(small, tmp_path_factory.mktemp("out"), formats))}


def test_that_every_format_answers_as_the_student_that_was_scored(small: Path, written) -> None:
    told = json.loads(RunFolder(small).summary.read_text())
    for name, report in written.items():
        if name != "onnx_fp16":
            assert report.passed, report
            assert report.accuracy_before == told["student"]["accuracy"]
            assert report.accuracy == pytest.approx(told["student"]["accuracy"], abs=0.01)
    assert written["safetensors"].largest_difference == 0
    assert "8 bits, whose steps" in Path(written["onnx"].path).with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    assert "8 bits, and not with 16" in written["onnx_fp16"].problems[0].message
    assert {"teacher", "baseline"} >= told["timing"]["latency"].keys() - {"student"}
    assert "student" not in told["timing"]["latency"]


def test_that_the_file_has_the_ranges_that_were_learned(small: Path, written) -> None:
    steps = [one.steps()[0].item() for one in roundings(load(RunFolder(small).best_student).module).values()]
    for name in ("onnx", "onnx_int8"):
        graph = onnx.load(written[name].path).graph
        numbers = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
        found = [float(numbers[node.input[1]]) for node in graph.node if node.op_type == "QuantizeLinear"]
        assert sorted(found) == pytest.approx(sorted(steps))
        assert {one.dtype for one in numbers.values() if one.size > 30} == {np.dtype("int8")}


@pytest.mark.parametrize("kind", ["table", pytest.param("audio", marks=pytest.mark.slow)])
def test_that_rows_and_sounds_are_quantized_too(kind: str, recipe: dict[str, Any], finish, tmp_path: Path) -> None:
    make = {"table": write_table, "audio": write_sounds}[kind]
    student = {"table": {"architecture": "mlp", "knobs": {"hidden": [16]}}}.get(kind, CNN)
    first = recipe | {"data": {"path": str(make(tmp_path / "data"))}, "student": student, "batch_size": 16}
    before = trained(first, tmp_path / "before")
    choice = {"path": str(RunFolder(before).best_student), "quantize": "int8"}
    trained(first | {"student": choice, "epochs": 1}, tmp_path / "run")
    for report in finish(export(tmp_path / "run", tmp_path / "out", ["onnx_int8"])):
        assert report.passed, report
    assert as_it_runs(tmp_path / "out/model.int8.onnx") & WHOLE


CNN = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}


def write_table(file: Path) -> Path:
    from sklearn.datasets import load_iris

    bunch, file = load_iris(), file.with_suffix(".csv")
    rows = [",".join([*map(str, row), bunch.target_names[i]]) for row, i in zip(bunch.data, bunch.target, strict=True)]
    file.write_text("\n".join([",".join([*bunch.feature_names, "species"]), *rows]) + "\n")
    return file


def write_sounds(folder: Path) -> Path:
    import wave

    for name, pitch in (("low", 300), ("high", 1500)):
        (folder / name).mkdir(parents=True)
        for i in range(30):
            samples = np.sin(np.arange(4000) / 8000 * 2 * np.pi * (pitch + 10 * i))
            with wave.open(str(folder / name / f"{i}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 4000, "NONE", ""))
                file.writeframes((samples * 20000).astype("<i2").tobytes())
    return folder
