"""Teachers that are programs, from the terminal: refused, trusted by their digest, scored and learned from."""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier
from torch import nn

from kdstudio.cli import main
from kdstudio.core import trust
from kdstudio.core.digest import digest_file
from tests.small_task import quick_recipe, write_digits

PROGRAMS = {"teacher.pt": "TorchScript", "teacher.pt2": "exported program", "teacher.pkl": "PyTorch"}


@pytest.fixture(autouse=True)
def _no_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits with one net that scikit-learn trained on them, saved in four ways."""
    folder = tmp_path_factory.mktemp("programme ä")
    with np.load(write_digits(folder / "digits.npz")) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = MLPClassifier((32,), max_iter=40, random_state=0).fit(images.reshape(-1, 64) / 255, labels)
        layers: list[nn.Module] = [nn.Flatten()]
        for weight, bias in zip(net.coefs_, net.intercepts_, strict=True):
            layer = nn.Linear(*weight.shape)
            layer.load_state_dict({"weight": torch.tensor(weight.T), "bias": torch.tensor(bias)})
            layers += [layer, nn.ReLU()]
        module, example = nn.Sequential(*layers[:-1]).eval(), torch.zeros(2, 1, 8, 8)
        torch.jit.save(torch.jit.script(module), str(folder / "teacher.pt"))
        axes = ({0: torch.export.Dim("batch")},)
        torch.export.save(torch.export.export(module, (example,), dynamic_shapes=axes), folder / "teacher.pt2")
        torch.save(module, folder / "teacher.pkl")
    _write_onnx(net, folder / "teacher.onnx")
    return folder


def _write_onnx(net: MLPClassifier, file: Path) -> None:
    names = ("w0", "b0", "w1", "b1")
    values = (net.coefs_[0], net.intercepts_[0], net.coefs_[1], net.intercepts_[1])
    nodes = [
        helper.make_node("Flatten", ["image"], ["rows"]),
        helper.make_node("Gemm", ["rows", "w0", "b0"], ["h"]),
        helper.make_node("Relu", ["h"], ["a"]),
        helper.make_node("Gemm", ["a", "w1", "b1"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])
    answer = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])
    weights = [numpy_helper.from_array(v.astype(np.float32), n) for n, v in zip(names, values, strict=True)]
    graph = helper.make_graph(nodes, "net", [image], [answer], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), file)


def _recipe(folder: Path, teacher: Path, at: Path) -> Path:
    value = quick_recipe(
        folder / "digits.npz",
        teachers=[{"path": str(teacher)}],
        student={"architecture": "mlp", "knobs": {"hidden": [16]}},
        methods=[{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}],
    )
    at.write_text(json.dumps(value))
    return at


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PROGRAMS, "teacher.onnx"])
def test_that_a_program_is_inspected_scored_and_learned_from(name: str, folder: Path, tmp_path: Path, capfd) -> None:
    file = folder / name
    may = [] if name == "teacher.onnx" else ["--trust", digest_file(file)]
    capfd.readouterr()
    assert main(["inspect", str(file), "--json", *may]) == 0
    (item,) = json.loads(capfd.readouterr()[0])["items"]
    assert (item["role"], item["classes"], item["input_shape"]) == ("model", 10, [1, 8, 8])
    assert item["parameters"] == 64 * 32 + 32 + 32 * 10 + 10
    assert main(["evaluate", str(file), "--data", str(folder / "digits.npz"), "--json", *may]) == 0
    assert json.loads(capfd.readouterr()[0])["accuracy"] > 0.9
    recipe = _recipe(folder, file, tmp_path / "recipe.json")
    assert main(["train", str(recipe), "--run", str(tmp_path / "run"), "--json", *may]) == 0
    summary = json.loads(capfd.readouterr()[0])
    assert summary["teacher"]["accuracy"] > 0.9
    assert summary["teacher"]["parameters"] == item["parameters"]
    assert summary["transfer"]["agreement"] > 0.5


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_that_a_program_is_refused_with_the_digest_that_trusts_it(name: str, folder: Path, tmp_path, capfd) -> None:
    file = folder / name
    capfd.readouterr()
    assert main(["inspect", str(file), "--json"]) == 1
    (item,) = json.loads(capfd.readouterr()[0])["items"]
    assert item["format"] == PROGRAMS[name]
    assert (item["problems"][0]["action"], item["problems"][0]["value"]) == ("trust", digest_file(file))
    assert main(["evaluate", str(file), "--data", str(folder / "digits.npz")]) == 1
    assert digest_file(file) in capfd.readouterr()[1].replace("\n", "")
    recipe = _recipe(folder, file, tmp_path / "recipe.json")
    assert main(["train", str(recipe), "--run", str(tmp_path / "run")]) == 2
    assert digest_file(file) in capfd.readouterr()[1].replace("\n", "")


def test_that_a_wrong_digest_is_refused(folder: Path, capfd) -> None:
    assert main(["inspect", str(folder / "teacher.pt"), "--trust", "everything"]) == 2
    assert "digest" in capfd.readouterr()[1]


@pytest.mark.parametrize("name", ["teacher.pt", "teacher.pkl"])
def test_that_a_program_that_can_learn_is_a_student_too(name: str, folder: Path, tmp_path: Path, capfd) -> None:
    file = tmp_path / name
    file.write_bytes((folder / name).read_bytes())
    may = ["--trust", digest_file(file)]
    recipe = _recipe(folder, folder / "teacher.onnx", tmp_path / "recipe.json")
    run, change = tmp_path / "run", ["--set", json.dumps({"path": str(file)}).join(("student=", ""))]
    assert main(["train", str(recipe), "--run", str(run), *change, *may]) == 0
    capfd.readouterr()
    assert main(["evaluate", str(run), "--data", str(folder / "digits.npz"), "--json", *may]) == 0
    scored = json.loads(capfd.readouterr()[0])["accuracy"]
    assert scored == json.loads((run / "summary.json").read_text())["student"]["accuracy"]
    file.write_bytes((folder / "teacher.pt2").read_bytes())
    assert main(["evaluate", str(run), "--data", str(folder / "digits.npz"), "--trust", digest_file(file)]) == 1
    assert "was changed" in " ".join(capfd.readouterr()[1].split())


def test_that_a_program_that_cannot_learn_is_no_student(folder: Path, tmp_path: Path, capfd) -> None:
    recipe = _recipe(folder, folder / "teacher.onnx", tmp_path / "recipe.json")
    change = ["--set", json.dumps({"path": str(folder / "teacher.onnx")}).join(("student=", ""))]
    assert main(["train", str(recipe), "--run", str(tmp_path / "run"), *change]) == 2
    assert "cannot learn" in " ".join(capfd.readouterr()[1].split())
