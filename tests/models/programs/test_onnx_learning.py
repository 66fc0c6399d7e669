"""An ONNX graph as a network that learns, where onnx2torch can be imported; what is said where it cannot."""

import sys

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs
from kdstudio.models.inspect import inspect
from kdstudio.models.programs.onnx_net import OnnxNet
from kdstudio.models.programs.program import with_output
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice

pytestmark = pytest.mark.filterwarnings("ignore:Using a non-tuple sequence:UserWarning")  # in onnx2torch's own code
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 1, 16, 16), np.uint8)


def _is_there() -> bool:
    try:
        import onnx2torch  # noqa: F401
    except (ImportError, RuntimeError):  # it imports torchvision, which must be built for this torch
        return False
    return True


needs_package = pytest.mark.skipif(
    not _is_there(), reason="needs the package onnx2torch, with a torchvision that starts"
)


@pytest.fixture
def file(as_onnx, drawn, tmp_path):
    layers = (nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.AdaptiveAvgPool2d, nn.Flatten, nn.Linear)
    conv, norm, relu, pool, flat, head = layers
    module = drawn(lambda: nn.Sequential(conv(1, 4, 3), norm(4), relu(), pool(1), flat(), head(4, 3)))
    axes = {0: torch.export.Dim("batch")}
    return as_onnx(module, tmp_path / "x.onnx", (torch.zeros(2, 1, 16, 16),), "image", dynamic_shapes=(axes,))


def test_that_without_the_package_it_is_said_what_to_install(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx2torch", None)
    model = load(file)
    assert not model.can_train
    assert "pip install onnx2torch" in inspect(file).training_note
    with pytest.raises(ModelError, match="answers and cannot learn") as caught:
        student(StudentChoice(path=str(file)), ArrayInputs(IMAGES), 3, ("a", "b", "c"), model.preprocessing, 0)
    assert "pip install onnx2torch" in caught.value.hint


@needs_package
def test_that_a_graph_learns_and_is_opened_again_as_it_learned(file, tmp_path):
    model = load(file)
    assert (model.can_train, model.training_note) == (True, "")
    assert len(model.layers) >= 2
    exact = OnnxNet(file, ("image",), ("logits",))
    given = torch.from_numpy(IMAGES).float() / 255
    with torch.no_grad():
        torch.testing.assert_close(model.logits(given), exact(given), atol=1e-4, rtol=1e-3)
    learner = student(StudentChoice(path=str(file)), ArrayInputs(IMAGES), 3, tuple("abc"), model.preprocessing, 0)
    learner.module.train()
    optimizer = torch.optim.SGD(learner.module.parameters(), lr=0.1)
    learner.logits(given).square().sum().backward()
    optimizer.step()
    learner.module.eval()
    assert not torch.allclose(learner.logits(given), exact(given))
    save(learner, tmp_path / "student.safetensors")
    again = load(tmp_path / "student.safetensors")
    torch.testing.assert_close(again.logits(given), learner.logits(given))


@needs_package
def test_that_a_transformer_learns_in_its_plain_products_too(as_onnx, drawn, tmp_path):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.randn(16, 3))

        def forward(self, x):
            return x.flatten(1)[:, :16] @ self.table

    axes = {0: torch.export.Dim("batch")}
    path = as_onnx(drawn(Net), tmp_path / "x.onnx", (torch.zeros(2, 1, 16, 16),), "x", dynamic_shapes=(axes,))
    assert sum(one.numel() for one in load(path).module.parameters()) == 48


@needs_package
def test_that_names_of_nodes_are_never_run(tmp_path):
    trap = tmp_path / "it ran"
    name = f'n", [__import__("pathlib").Path({str(trap)!r}).touch(), "n"][1]) #'
    weight = numpy_helper.from_array(np.ones((64, 3), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["logits"], name=name)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 64])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 3])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "x.onnx")
    assert load(tmp_path / "x.onnx").can_train
    assert not trap.exists()


@needs_package
def test_that_another_output_may_still_be_chosen(tmp_path):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["logits"]), helper.make_node("MatMul", ["x", "v"], ["scores"])]
    weights = [numpy_helper.from_array(np.full((64, n), 0.5, np.float32), name) for name, n in (("w", 3), ("v", 5))]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("logits", "scores")]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 64])]
    graph = helper.make_graph(nodes, "g", given, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "x.onnx")
    opened = load(tmp_path / "x.onnx")
    assert (opened.spec.classes, opened.can_train) == (3, True)
    chosen = with_output(opened, "scores")
    assert (chosen.spec.classes, chosen.can_train) == (5, False)
