"""Programs of other tools in a run: an ONNX text classifier teaches; a pickled net and a traced one learn."""

import csv
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_wine
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import nn

from kdstudio.core import trust
from kdstudio.core.digest import digest_file
from kdstudio.data.read import read
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.small_task import quick_recipe, result, write_digits

GOOD, BAD = ("fine", "lovely", "warm", "moving"), ("dull", "empty", "loud", "silly")


@pytest.fixture(autouse=True)
def _no_trust(tmp_path, monkeypatch):
    monkeypatch.setattr(trust, "settings_folder", lambda: tmp_path / "settings")
    monkeypatch.setattr(trust, "_for_now", set())


@pytest.fixture(scope="module")
def reviews(tmp_path_factory) -> tuple[Path, list[str], list[str]]:
    draw = np.random.default_rng(0)
    labels = ["good" if i % 2 else "bad" for i in range(400)]
    texts = [
        f"A {draw.choice(GOOD if label == 'good' else BAD)} film with word{draw.integers(30)} of {draw.integers(30)}"
        for label in labels
    ]
    path = tmp_path_factory.mktemp("texts") / "reviews.tsv"
    path.write_text("\n".join(f"{label}\t{text}" for label, text in zip(labels, texts, strict=True)) + "\n")
    return path, texts, labels


@pytest.fixture(scope="module")
def bag(reviews) -> tuple[np.ndarray, dict[str, int]]:
    """Word weights (V, 2) that scikit-learn found, and the numbers of words; 0 fills and 1 is unknown."""
    _, texts, labels = reviews
    counts = CountVectorizer(token_pattern=r"[^ ]+")
    net = LogisticRegression(max_iter=500).fit(counts.fit_transform(texts), labels)
    words = {"[PAD]": 0, "[UNK]": 1} | {word: number for number, word in enumerate(counts.get_feature_names_out(), 2)}
    table = np.zeros((len(words), 2), np.float32)
    table[2:, 1] = net.coef_[0]  # bad comes first
    return table, words


def put_tokenizer(folder: Path, words: dict[str, int]) -> None:
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))


def test_that_an_onnx_text_classifier_of_others_teaches(reviews, bag, tmp_path):
    table, words = bag
    put_tokenizer(tmp_path, words)
    axis = numpy_helper.from_array(np.array([1]), "axis")
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"]),
        helper.make_node("ReduceSum", ["found", "axis"], ["logits"], keepdims=0),
    ]
    given = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "l"])]
    answer = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])]
    graph = helper.make_graph(nodes, "bag", given, answer, [numpy_helper.from_array(table, "table"), axis])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "t.onnx")
    summary = result(
        train(
            parse(
                quick_recipe(
                    reviews[0],
                    teachers=[{"path": str(tmp_path / "t.onnx")}],
                    student={"architecture": "text_bag"},
                    methods=[{"method": "soft_targets"}],
                    optimizer={"name": "adamw", "learning_rate": 0.02},
                )
            ),
            tmp_path / "run",
        )
    )
    assert summary["teacher"]["accuracy"] == 1.0
    assert summary["student"]["accuracy"] > 0.9


@pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")
def test_that_a_pickled_text_net_learns_and_opens_again(reviews, bag, tmp_path):
    put_tokenizer(tmp_path, bag[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(nn.EmbeddingBag(len(bag[1]), 8, padding_idx=0), nn.Linear(8, 2))
    torch.save(module, tmp_path / "net.pt")
    trust.trust(digest_file(tmp_path / "net.pt"), remember=False)
    recipe = quick_recipe(
        reviews[0],
        student={"path": str(tmp_path / "net.pt")},
        optimizer={"name": "adamw", "learning_rate": 0.05},
        epochs=12,
    )
    summary = result(train(parse(recipe), tmp_path / "run"))
    assert summary["student"]["accuracy"] > 0.9
    model = load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors")
    assert model.preprocessing.kind == "tokens"
    answers = model.respond(np.array(["a lovely film", "a dull film"], dtype=object)).argmax(1).tolist()
    assert [model.class_names[answer] for answer in answers] == ["good", "bad"]


def test_that_a_scripted_net_of_rows_learns_from_scaled_numbers(tmp_path):
    bunch, data = load_wine(), tmp_path / "wine.csv"
    with open(data, "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*bunch.feature_names, "cultivar"])
        writer.writerows([*row, f"c{target}"] for row, target in zip(bunch.data, bunch.target, strict=True))
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
        torch.jit.save(torch.jit.script(net), str(tmp_path / "net.pt"))
    trust.trust(digest_file(tmp_path / "net.pt"), remember=False)
    recipe = quick_recipe(data, student={"path": str(tmp_path / "net.pt")}, epochs=20, batch_size=16)
    summary = result(train(parse(recipe), tmp_path / "run"))
    assert summary["student"]["accuracy"] > 0.85
    part = read(data).parts["train"]
    model = load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors").suited(part.inputs)
    assert model.preprocessing.scaling is not None
    assert (model.respond(part.read(np.arange(178))).argmax(1).numpy() == part.targets).mean() > 0.85


def test_that_weights_of_a_python_class_learn_and_open_again(tmp_path):
    (tmp_path / "net.py").write_text(
        "import torch\n\n\nclass Net(torch.nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(torch.nn.Flatten(), torch.nn.Linear(64, 10))\n"
    )
    torch.save({"1.weight": torch.zeros(10, 64), "1.bias": torch.zeros(10)}, tmp_path / "w.pt")
    trust.trust(digest_file(tmp_path / "net.py"), remember=False)
    student = {"path": str(tmp_path / "w.pt"), "code": f"{tmp_path / 'net.py'}:Net"}
    data = write_digits(tmp_path / "digits.npz", 600)
    summary = result(train(parse(quick_recipe(data, student=student)), tmp_path / "run"))
    assert summary["student"]["accuracy"] > 0.8
    model = load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors")
    part = read(data).parts["train"]
    answers = model.suited(part.inputs).respond(part.read(np.arange(300))).argmax(1).numpy()
    assert (answers == part.targets[:300]).mean() > 0.8
