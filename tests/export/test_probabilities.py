"""Probabilities beside the logits, in every ONNX file of an export."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from scipy.special import expit, softmax

from kdstudio.core.errors import ExportError
from kdstudio.export.export import export
from kdstudio.export.probabilities import add_probabilities


def test_that_graphs_answer_logits_and_their_softmax(
    run: Path, digits: np.ndarray, finish: Any, tmp_path: Path
) -> None:
    reports = finish(export(run, tmp_path, ["onnx", "onnx_int8", "ort"], probabilities=True))
    assert all(report.passed for report in reports)
    for name in ("model.onnx", "model.int8.onnx"):
        session = onnxruntime.InferenceSession(tmp_path / name)
        assert [one.name for one in session.get_outputs()] == ["logits", "probabilities"]
        logits, shares = session.run(None, {"image": digits[:5, None]})
        np.testing.assert_allclose(shares, softmax(logits, axis=1), atol=1e-6)
    assert [one.name for one in onnxruntime.InferenceSession(tmp_path / "model.ort").get_outputs()] == ["logits"]


def graph(path: Path) -> Path:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3]) for name in ("row", "logits")]
    body = helper.make_graph([helper.make_node("Neg", ["row"], ["logits"])], "g", values[:1], values[1:])
    onnx.save(helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def test_that_several_labels_have_a_probability_each(tmp_path: Path) -> None:
    path = graph(tmp_path / "labels.onnx")
    add_probabilities(path, "multi_label")
    row = np.array([[0.0, -1.0, 2.0]], np.float32)
    np.testing.assert_allclose(onnxruntime.InferenceSession(path).run(["probabilities"], {"row": row})[0], expit(-row))


def test_that_numbers_have_none(tmp_path: Path) -> None:
    path = graph(tmp_path / "value.onnx")
    before = path.read_bytes()
    with pytest.raises(ExportError, match="predicts numbers"):
        add_probabilities(path, "regression")
    assert path.read_bytes() == before
