"""The ONNX file: the contract, the student alone, preprocessing inside."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from kdstudio.core.errors import ExportError
from kdstudio.core.layout import RunFolder
from kdstudio.data.dataset import ArrayInputs
from kdstudio.export.exporters import onnx as exporter
from kdstudio.export.formats import EXPORTERS
from kdstudio.models.preprocessing.image import ImagePreprocessing, as_tensor
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice


def test_that_the_onnx_file_keeps_the_contract(out: Path) -> None:
    graph = onnx.load(out / "model.onnx")
    assert [(entry.domain, entry.version) for entry in graph.opset_import] == [("", 18)]
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    (given,), (answer,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape) == ("image", "tensor(uint8)", ["batch", 1, 8, 8])
    assert (answer.name, answer.type, answer.shape) == ("logits", "tensor(float)", ["batch", 10])
    for batch in (1, 3, 17):
        assert session.run(None, {"image": np.zeros((batch, 1, 8, 8), np.uint8)})[0].shape == (batch, 10)
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["labels"]) == [str(digit) for digit in range(10)]
    assert metadata["format"] == "1"
    assert ImagePreprocessing.model_validate_json(metadata["preprocessing"]).channels == 1


def test_that_the_student_is_in_it_alone(run: Path, out: Path) -> None:
    graph = onnx.load(out / "model.onnx")
    model = load(RunFolder(run).checkpoint("best") / "student.safetensors")
    inside = sum(int(np.prod(tensor.dims)) for tensor in graph.graph.initializer)
    assert 0 <= inside - folded(model.module) <= model.preprocessing.constants((1, 8, 8))
    larger = student(
        StudentChoice(architecture="mlp", knobs={"hidden": [99]}),
        ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)),
        10,
        (),
        PLAIN,
        0,
    )
    exporter._only_the_student(graph, larger, (1, 8, 8))
    tiny = student(
        StudentChoice(architecture="mlp", knobs={"hidden": [2]}),
        ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)),
        10,
        (),
        PLAIN,
        0,
    )
    with pytest.raises(ExportError, match="the student has only"):
        exporter._only_the_student(graph, tiny, (1, 8, 8))


PLAIN = ImagePreprocessing.plain(1, (8, 8))


def folded(module: torch.nn.Module) -> int:
    """Numbers that are left when each batch norm is folded into the convolution before it, as weight and bias."""
    norms = [layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    own = sum(parameter.numel() for parameter in module.parameters())
    return own - sum(layer.num_features for layer in norms)


def test_that_nothing_of_the_machine_is_told(out: Path) -> None:
    """torch notes on each node the stack trace that made it, with the paths of its files."""
    content = (out / "model.onnx").read_bytes()
    assert b".py" not in content
    assert str(Path.home()).encode() not in content or str(Path.home()) == "/"


@pytest.mark.parametrize(
    ("channels", "shape"), [(3, (1, 12, 10)), (1, (3, 7, 9)), pytest.param(1, (3, 8, 8), marks=pytest.mark.slow)]
)
def test_that_grey_colour_and_size_are_changed_inside_the_graph(channels: int, shape, tmp_path: Path) -> None:
    own = ImagePreprocessing(
        channels=channels, size=(8, 8), mean=(0.3, 0.4, 0.5)[:channels], std=(0.2, 0.3, 0.4)[:channels]
    )
    _assert_same(own, shape, tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("interpolation", "resized"),
    [("bicubic", None), ("nearest", (6, 13)), pytest.param("bilinear", 10, marks=pytest.mark.slow)],
)
def test_that_the_middle_is_cut_out_inside_the_graph(interpolation: str, resized, tmp_path: Path) -> None:
    own = ImagePreprocessing.imagenet((8, 8)).model_copy(update={"interpolation": interpolation, "resized": resized})
    _assert_same(own, (3, 14, 19), tmp_path / "model.onnx")


def _assert_same(own: ImagePreprocessing, shape: tuple[int, ...], path: Path) -> None:
    data = ArrayInputs(np.zeros((1, *own.shape), np.uint8))
    choice = StudentChoice(architecture="mlp", knobs={"hidden": [16]})
    model = student(choice, data, 5, tuple("abcde"), own, 0).with_preprocessing(own)
    onnx_format = EXPORTERS["onnx"]
    onnx_format.write(model, shape, path)
    images = np.random.default_rng(0).integers(0, 256, (7, *shape), dtype=np.uint8)
    with torch.inference_mode():
        expected = model.logits(as_tensor(images)).numpy()
    assert onnx_format.open(path)({"image": images}) == pytest.approx(expected, abs=1e-5)


def test_that_damaged_files_and_other_pictures_are_refused_with_a_hint(out: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes((out / "model.onnx").read_bytes()[:500])
    with pytest.raises(ExportError) as damaged:
        EXPORTERS["onnx"].open(tmp_path / "model.onnx")
    assert "export again" in damaged.value.hint
    with pytest.raises(ExportError):
        EXPORTERS["onnx"].open(out / "model.onnx")({"image": np.zeros((1, 1, 9, 9), np.uint8)})
