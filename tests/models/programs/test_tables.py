"""Classifiers of rows that others exported: they tell how many numbers they take, and not which columns."""

import csv
import warnings

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.data.read import read
from kdstudio.models.inspect import inspect
from kdstudio.models.preprocessing.rows import AS_THEY_ARE, SCALED
from kdstudio.models.score import score
from kdstudio.models.source import load

FLOAT = TensorProto.FLOAT


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    """scikit-learn's wine as a CSV file, and its numbers."""
    bunch, file = load_wine(), tmp_path_factory.mktemp("wine") / "wine.csv"
    with open(file, "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*bunch.feature_names, "cultivar"])
        writer.writerows([*row, f"c{target}"] for row, target in zip(bunch.data, bunch.target, strict=True))
    return read(file), bunch


def linear(weight, bias, file, *, before=(), given="row", columns=None):
    """Write y = softmax(x·W + b) as a graph, with the nodes `before` it."""
    width = len(weight) if columns is None else columns
    nodes = [
        *before,
        helper.make_node("Gemm", [given, "w", "b"], ["z"]),
        helper.make_node("Softmax", ["z"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["z"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("row", FLOAT, ["N", width])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
            helper.make_tensor_value_info("probabilities", FLOAT, ["N", weight.shape[1]]),
        ],
        [numpy_helper.from_array(np.float32(array), name) for name, array in (("w", weight), ("b", bias))],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), file)
    return file


def fitted(rows, targets):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(max_iter=300).fit(rows, targets)


def test_that_a_model_of_raw_columns_is_found_to_take_them(wine, tmp_path):
    dataset, bunch = wine
    scaler = StandardScaler().fit(bunch.data)
    net = fitted(scaler.transform(bunch.data), bunch.target)
    weight = (net.coef_ / scaler.scale_).T  # as a pipeline with its scaler inside
    bias = net.intercept_ - (net.coef_ * scaler.mean_ / scaler.scale_).sum(1)
    file = linear(weight, bias, tmp_path / "x.onnx")
    model = load(file)
    assert (model.preprocessing.takes, model.output.place, model.can_train) == ("table", ("probabilities",), False)
    assert any("which columns" in problem.message for problem in model.problems)
    part = dataset.parts["train"]
    found = score(model, part)
    assert found.accuracy == pytest.approx(net.score(scaler.transform(bunch.data), bunch.target), abs=0.01)
    assert set(found.tried) == {AS_THEY_ARE, SCALED}
    assert found.preprocessing.scaling is None
    shares = model.suited(part.inputs).respond(part.read(np.arange(178))).softmax(1).numpy()
    np.testing.assert_allclose(shares, net.predict_proba(scaler.transform(bunch.data)), atol=2e-3)
    item = inspect(file)
    assert (item.kind, item.input_shape) == ("table", (13,))


def test_that_a_model_of_scaled_columns_is_found_to_take_them_scaled(wine, tmp_path):
    dataset, bunch = wine
    rows = StandardScaler().fit_transform(bunch.data)
    net = fitted(rows, bunch.target)
    found = score(load(linear(net.coef_.T, net.intercept_, tmp_path / "x.onnx")), dataset.parts["train"])
    assert found.preprocessing.scaling is not None
    assert found.accuracy == pytest.approx(net.score(rows, bunch.target), abs=0.01)
    assert found.tried[AS_THEY_ARE] < 0.8


def test_that_categories_are_spread_where_the_count_says_so(tmp_path):
    lines = [
        "size,colour,target",
        *(f"{i % 7},{('red', 'blue', 'green')[i % 3]},{'ab'[i % 3 == 0]}" for i in range(60)),
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    inputs = read(tmp_path / "t.csv").parts["train"].inputs
    model = load(linear(np.ones((4, 2)), np.zeros(2), tmp_path / "x.onnx"))
    assert model.suited(inputs).preprocessing.scaling.shape == (4,)
    plain = load(linear(np.ones((2, 2)), np.zeros(2), tmp_path / "y.onnx"))
    assert plain.suited(inputs).preprocessing.scaling is None
    other = load(linear(np.ones((9, 2)), np.zeros(2), tmp_path / "z.onnx"))
    with pytest.raises(ModelError, match=r"takes 9 numbers a row; the table has 2 columns, which are 4") as caught:
        other.suited(inputs)
    assert caught.value.hint


def test_that_columns_are_found_by_name_once_they_are_told(wine, tmp_path):
    dataset, bunch = wine
    suited = load(linear(np.eye(13)[:, :3], np.zeros(3), tmp_path / "x.onnx")).suited(dataset.parts["train"].inputs)
    order = list(range(13))[::-1]
    with open(tmp_path / "t.csv", "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(bunch.feature_names[i] for i in order), "cultivar"])
        writer.writerows([*row[order], f"c{target}"] for row, target in zip(bunch.data, bunch.target, strict=True))
    turned = read(tmp_path / "t.csv").parts["train"]
    again = suited.suited(turned.inputs)
    torch.testing.assert_close(
        again.respond(turned.read(np.arange(9))), suited.respond(dataset.parts["train"].read(np.arange(9)))
    )


@pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")
def test_that_a_pickled_net_of_linear_layers_takes_rows(wine, drawn, trusted, tmp_path):
    torch.save(drawn(lambda: nn.Sequential(nn.Linear(13, 8), nn.ReLU(), nn.Linear(8, 3))), tmp_path / "x.pt")
    model = load(trusted(tmp_path / "x.pt"))
    assert (model.preprocessing.takes, model.can_train) == ("table", True)
    assert model.suited(wine[0].parts["train"].inputs).respond(np.zeros((4, 13), np.float32)).shape == (4, 3)
