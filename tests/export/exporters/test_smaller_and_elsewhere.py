"""The formats beside plain ONNX and safetensors: fewer bits, and programs for other runtimes."""

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import psutil
import pytest

from kdstudio.core.errors import ExportError
from kdstudio.export.export import export
from kdstudio.export.formats import EXPORTERS
from kdstudio.export.opening import Student, open_student
from kdstudio.recipe.report import ExportReport
from tests.small_task import trained, write_digits

FORMATS = ["onnx_fp16", "onnx_int8", "ort", "pt2", "torchscript"]
GRAPHS = ["onnx_fp16", "onnx_int8", "ort"]


@pytest.fixture(scope="module")
def run(recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student of 14,000 weights: in smaller ones the words of a graph weigh more than its numbers."""
    data = write_digits(tmp_path_factory.mktemp("data") / "digits.npz")
    wide = {"architecture": "small_cnn", "knobs": {"width": 24, "blocks": 2}}
    wanted = recipe | {"data": {"path": str(data), "validation": 0.2}, "student": wide}
    return trained(wanted, tmp_path_factory.mktemp("wide") / "run")


@pytest.fixture(scope="module")
def written(run: Path, finish, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ExportReport]:
    found = finish(export(run, tmp_path_factory.mktemp("formats"), FORMATS))
    return {report.format: report for report in found}


@pytest.fixture(scope="module")
def student(run: Path) -> Student:
    return open_student(run, "best")


@pytest.mark.parametrize("name", FORMATS)
def test_that_a_file_answers_any_number_of_inputs_as_the_student(name: str, written, student: Student) -> None:
    report = written[name]
    assert report.passed
    assert report.path.endswith(EXPORTERS[name].file)
    answers = EXPORTERS[name].open(Path(report.path))
    values = student.splits.test.read(np.arange(40))
    fed = student.model.preprocessing.feed(values)
    together = answers(fed)
    assert together.dtype == np.float32
    for count in (1, 7):
        some = answers({key: value[:count] for key, value in fed.items()})
        np.testing.assert_allclose(some, together[:count], rtol=0, atol=2e-3 * np.abs(together).max())


def test_that_programs_are_exact_and_fewer_bits_lose_little(written) -> None:
    for name in ("ort", "pt2", "torchscript"):
        assert written[name].agreement == 1
        assert written[name].largest_difference < 1e-4
    assert 1e-4 < written["onnx_fp16"].largest_difference < written["onnx_fp16"].limit
    assert written["onnx_int8"].limit is None
    assert written["onnx_int8"].largest_difference > 1e-2
    assert written["onnx_int8"].accuracy >= written["onnx_int8"].accuracy_before - 0.01
    assert written["onnx_int8"].bytes < written["onnx_fp16"].bytes < 0.7 * written["ort"].bytes


@pytest.mark.parametrize("name", GRAPHS)
def test_that_graphs_tell_their_labels_and_keep_the_names_of_the_contract(name: str, written) -> None:
    session = onnxruntime.InferenceSession(written[name].path, providers=["CPUExecutionProvider"])
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == [str(digit) for digit in range(10)]
    assert [one.name for one in session.get_inputs()] == ["image"]
    assert [(one.name, one.type) for one in session.get_outputs()] == [("logits", "tensor(float)")]


def test_that_weights_of_8_bits_are_whole_numbers_and_logits_are_not_rounded(written) -> None:
    graph = onnx.load(written["onnx_int8"].path).graph
    kinds = {tensor.data_type for tensor in graph.initializer if np.prod(tensor.dims) > 100}
    assert kinds == {onnx.TensorProto.INT8}
    (last,) = [node for node in graph.node if "logits" in node.output]
    assert last.op_type in ("Gemm", "MatMul", "Add")


def test_that_nothing_is_in_a_file_that_nobody_reads(written) -> None:
    for name in ("onnx_fp16", "onnx_int8"):
        graph = onnx.load(written[name].path).graph
        read = {given for node in graph.node for given in node.input}
        assert {one.name for one in graph.initializer} <= read


def test_that_what_was_not_asked_for_is_not_left(written) -> None:
    folder = Path(written["pt2"].path).parent
    assert {file.name for file in folder.glob("model*")} == {EXPORTERS[name].file for name in FORMATS}
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


@pytest.mark.slow
def test_that_the_script_beside_it_runs_the_file_that_is_there(written, student: Student, tmp_path: Path) -> None:
    from PIL import Image

    folder = Path(written["onnx_int8"].path).parent
    value = student.splits.test.read(np.arange(1))
    Image.fromarray(value[0, 0]).save(tmp_path / "one.png")
    told = subprocess.run(
        [sys.executable, folder / "predict.py", tmp_path / "one.png"], capture_output=True, text=True, check=True
    )
    said = EXPORTERS["onnx_fp16"].open(Path(written["onnx_fp16"].path))({"image": value}).argmax()
    assert f" {said}" in told.stdout


@pytest.mark.slow
def test_that_the_process_of_a_program_ends_with_who_asked_it(written, student: Student) -> None:
    before = set(psutil.Process().children(recursive=True))
    answers = EXPORTERS["pt2"].open(Path(written["pt2"].path))
    assert set(psutil.Process().children(recursive=True)) - before
    del answers
    gc.collect()
    assert not set(psutil.Process().children(recursive=True)) - before


@pytest.mark.parametrize("name", FORMATS)
def test_that_a_damaged_file_is_refused(name: str, written, tmp_path: Path) -> None:
    file = tmp_path / EXPORTERS[name].file
    file.write_bytes(Path(written[name].path).read_bytes()[:400])
    with pytest.raises(ExportError):
        EXPORTERS[name].open(file)
