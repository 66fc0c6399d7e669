"""What graphs need: operators are those that ONNX Runtime itself finds in them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from kdstudio.export.export import export
from kdstudio.export.needs import KNOWN, needs


@pytest.fixture(scope="module")
def files(run: Path, finish: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("needs")
    return folder, finish(export(run, folder, ["onnx", "ort", "safetensors"]))


def test_that_operators_and_their_sets_are_told_of_graphs_alone(files: tuple[Path, Any]) -> None:
    folder, reports = files
    told = {report.format: report.needs for report in reports}
    assert told["safetensors"] is None
    graph = onnx.load(folder / "model.onnx")
    assert {f"{node.domain or 'ai.onnx'}:{node.op_type}" for node in graph.graph.node} == set(told["onnx"].operators)
    assert told["onnx"].opsets["ai.onnx"] == graph.opset_import[0].version
    assert all(one.partition(":")[0] in KNOWN for one in told["ort"].operators)
    card = (folder / "MODEL_CARD.md").read_text()
    assert "## What the files need" in card
    assert "operator sets ai.onnx 18" in card
    assert all(one.partition(":")[2] in card for one in told["ort"].operators)


def test_that_a_small_build_is_told_its_operators(files: tuple[Path, Any]) -> None:
    folder, reports = files
    rows = [line for line in (folder / "required_operators.config").read_text().splitlines() if line[0] != "#"]
    found = {f"{domain}:{name}" for domain, _, names in (row.split(";") for row in rows) for name in names.split(",")}
    assert found == set(next(report.needs.operators for report in reports if report.format == "ort"))
    assert str(folder) not in (folder / "required_operators.config").read_text()


def test_that_what_an_accelerator_lacks_is_named_also_inside_of_branches(tmp_path: Path) -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "y")]
    inner = helper.make_tensor_value_info("z", TensorProto.FLOAT, [2])
    branches = {
        f"{name}_branch": helper.make_graph([helper.make_node(operator, ["x"], ["z"])], name, [], [inner])
        for name, operator in (("then", "Atanh"), ("else", "Relu"))
    }
    truth = helper.make_node("Constant", [], ["c"], value=onnx.numpy_helper.from_array(np.array(True)))
    graph = helper.make_graph([truth, helper.make_node("If", ["c"], ["y"], **branches)], "g", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), tmp_path / "branch.onnx")
    told = needs(tmp_path / "branch.onnx")
    assert told is not None
    assert {"ai.onnx:If", "ai.onnx:Atanh", "ai.onnx:Relu"} <= set(told.operators)
    assert "ai.onnx:Atanh" in told.lacking["NNAPI"]
    assert "ai.onnx:Relu" not in told.lacking["NNAPI"]
    assert "ai.onnx:Relu" not in told.lacking["Core ML"]
