"""Text classifiers that others exported, with the tokenizer beside them."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from tokenizers import BertWordPieceTokenizer
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.data.kinds import TextInputs
from kdstudio.models.inspect import inspect
from kdstudio.models.measure import measure
from kdstudio.models.source import load
from tests.models.text_networks import NAMES, TEXTS, tokenizer, write

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
VALUES = np.array([*TEXTS, "", "good " * 60], dtype=object)


class Bert(nn.Module):
    """A classifier of transformers as exporters wrap it: tensors in, logits out."""

    def __init__(self, folder):
        super().__init__()
        self.network = transformers.AutoModelForSequenceClassification.from_pretrained(folder)

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits


class Bag(nn.Module):
    """The mean of word vectors: takes token numbers alone."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(120, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.head(self.words(tokens).mean(1))


@pytest.fixture
def saved(tmp_path):
    return write(tmp_path / "model")


@pytest.fixture
def bert(saved):
    state = torch.get_rng_state()
    module = Bert(saved).eval()
    torch.set_rng_state(state)
    return module


def tokens(texts, length=None):
    padding = {"padding": True} if length is None else {"padding": "max_length"}
    return tokenizer()(list(texts), return_tensors="pt", truncation=True, max_length=length or 32, **padding)


def expected(module, texts, length=None):
    given = tokens(texts, length)
    with torch.no_grad():
        return module(given["input_ids"], given["attention_mask"], torch.zeros_like(given["input_ids"]))


def example(length):
    ids = torch.ones(2, length, dtype=torch.int64)
    return ids, torch.ones_like(ids), torch.zeros_like(ids)


@pytest.fixture(scope="module")
def exported(as_onnx, tmp_path_factory):
    """The same classifier for any number of texts of any length, exported once."""
    folder = write(tmp_path_factory.mktemp("exported") / "model")
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=40)}
    with torch.random.fork_rng(devices=[]):
        module = Bert(folder).eval()
    return as_onnx(module, folder / "onnx" / "model.onnx", example(12), *INPUTS, dynamic_shapes=(axes,) * 3)


def test_that_a_folder_of_an_exporter_answers_texts_as_the_network(exported, bert):
    model = load(exported)
    assert (model.preprocessing.kind, model.spec.classes) == ("tokens", 3)
    assert model.class_names == tuple(NAMES.values())
    assert model.preprocessing_known
    assert model.preprocessing.length == 32
    torch.testing.assert_close(model.respond(VALUES), expected(bert, VALUES), atol=1e-4, rtol=1e-3)
    assert model.suited(TextInputs(VALUES)).spec.input_shape == (32, tokenizer().backend_tokenizer.get_vocab_size())
    item = inspect(exported)
    assert item.kind == "text"
    assert not item.can_train
    assert not [problem for problem in item.problems if problem.severity == "error"]
    assert measure(model).parameters == model.parameters


@pytest.mark.slow
def test_that_a_fixed_batch_and_length_are_filled_up(as_onnx, bert, saved):
    model = load(as_onnx(bert, saved / "model.onnx", example(12), *INPUTS))
    torch.testing.assert_close(model.respond(VALUES), expected(bert, VALUES, 12), atol=1e-4, rtol=1e-3)
    assert any("filled up to 12 tokens; 2 texts at a time" in problem.message for problem in model.problems)


def test_that_without_a_tokenizer_the_message_says_what_to_put_beside_it(exported, tmp_path):
    file = Path(shutil.copytree(exported.parent, tmp_path / "alone"), exported.name)
    with pytest.raises(ModelError, match="tokens of text, and there is no tokenizer beside it") as caught:
        load(file)
    assert "tokenizer.json" in caught.value.hint
    (file.parent / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json is damaged"):
        load(file)


@pytest.mark.slow
def test_that_a_bare_list_of_word_pieces_is_berts_tokenizer(as_onnx, drawn, tmp_path):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "##s", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n")
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}
    module = drawn(Bag)
    model = load(as_onnx(module, tmp_path / "x.onnx", (example(9)[0],), "input_ids", dynamic_shapes=(axes,)))
    ids = BertWordPieceTokenizer(str(tmp_path / "vocab.txt")).encode("Good films.").ids
    assert ids == [2, 5, 7, 8, 9, 3]
    with torch.no_grad():
        torch.testing.assert_close(
            model.respond(np.array(["Good films."], dtype=object)), module(torch.tensor([ids])), atol=1e-5, rtol=1e-4
        )
    assert model.preprocessing.pad == 0


@pytest.mark.slow
def test_that_a_tokenizer_of_another_model_is_told(as_onnx, drawn, saved):
    class Small(Bag):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(50, 8)

    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length")}
    file = as_onnx(drawn(Small), saved / "x.onnx", (example(9)[0],), "input_ids", dynamic_shapes=(axes,))
    with pytest.raises(ModelError, match="out of data bounds, idx=99") as caught:
        load(file)
    assert "tokenizer" in caught.value.hint


def test_that_a_traced_classifier_teaches_and_learns(bert, saved, trusted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(bert, example(32)), str(saved / "x.pt"))
    model = load(trusted(saved / "x.pt"))
    assert model.can_train
    assert model.preprocessing.kind == "tokens"
    torch.testing.assert_close(
        model.respond(VALUES).detach(), expected(bert, VALUES, model.module.takes.length), atol=1e-4, rtol=1e-3
    )
    model.respond(VALUES).sum().backward()
    assert any(parameter.grad is not None for parameter in model.module.parameters())


@pytest.mark.slow
def test_that_an_exported_program_is_given_by_name_what_it_takes_by_name(bert, saved, trusted):
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=40)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(
            bert, (), dict(zip(INPUTS, example(9), strict=True)), dynamic_shapes=dict.fromkeys(INPUTS, axes)
        )
        torch.export.save(program, saved / "x.pt2")
    model = load(trusted(saved / "x.pt2"))
    torch.testing.assert_close(model.respond(VALUES), expected(bert, VALUES), atol=1e-4, rtol=1e-3)
    assert not model.can_train


@pytest.mark.filterwarnings("ignore:.*source code.*:UserWarning")
def test_that_a_pickled_network_of_transformers_takes_its_mask(bert, saved, trusted):
    torch.save(bert.network, saved / "whole.pt")
    model = load(trusted(saved / "whole.pt"))
    assert (model.preprocessing.kind, model.can_train) == ("tokens", True)
    torch.testing.assert_close(model.respond(VALUES).detach(), expected(bert, VALUES), atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_that_a_sentence_encoder_is_no_classifier(as_onnx, bert, saved):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = bert.network.bert.embeddings

        def forward(self, input_ids):
            return self.inside(input_ids)

    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=40)}
    file = as_onnx(Encoder(), saved / "x.onnx", (example(9)[0],), "input_ids", dynamic_shapes=(axes,))
    with pytest.raises(ModelError, match="a sequence for each input"):
        load(file)
    shutil.rmtree(saved)
