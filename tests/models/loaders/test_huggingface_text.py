"""Folders of text classifiers and language models that transformers itself wrote, against what it answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from kdstudio.core.errors import ModelError
from kdstudio.models.inspect import inspect
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.models.tasks import answering
from tests.models.text_networks import TEXTS, write

ASKED = np.array([TEXTS[0], "boring", f"{TEXTS[3]} {TEXTS[4]}"], dtype=object)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def theirs(folder: Path) -> torch.Tensor:
    """Return the logits that transformers answers with, texts padded as its tokenizer does."""
    with torch.random.fork_rng():
        network = transformers.AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    how = transformers.PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    given = how(list(ASKED), padding=True, truncation=True, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        return network(**given).logits


@pytest.mark.parametrize("family", ["Bert", "Roberta", "DistilBert", "GPT2", "Llama", "ModernBert", "Bart", "Albert"])
def test_that_logits_are_those_of_transformers(tmp_path: Path, family: str) -> None:
    folder = write(tmp_path / f"Modell {family} ü", family)
    state = torch.get_rng_state()
    model = load(folder)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.class_names == ("bad", "good", "mixed")
    assert model.can_train
    with torch.no_grad():
        assert torch.allclose(model.respond(ASKED), theirs(folder), atol=1e-5)


@pytest.mark.parametrize("family", ["DistilBert", "Bart"])
def test_that_a_saved_copy_answers_the_same(tmp_path: Path, family: str) -> None:
    model = load(write(tmp_path / "teacher", family))
    save(model, tmp_path / "copy.safetensors")
    copy = load(tmp_path / "copy.safetensors")
    assert copy.parameters == model.parameters  # weights that layers share are shared again
    assert copy.preprocessing == model.preprocessing
    with torch.no_grad():
        assert torch.equal(copy.respond(ASKED), model.respond(ASKED))


def test_that_a_vocabulary_alone_is_enough(tmp_path: Path) -> None:
    folder = write(tmp_path / "old")
    words = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    (folder / "vocab.txt").write_text("\n".join(sorted(words, key=words.__getitem__)), encoding="utf-8")
    whole = load(folder).respond(ASKED)
    (folder / "tokenizer.json").unlink()
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings["tokenizer_class"] = "BertTokenizer"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    assert torch.allclose(load(folder).respond(ASKED), whole, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tokenizer.json", None, "no tokenizer"),
        ("tokenizer.json", '{"version": "1.0"', "tokenizer.json is damaged"),
        ("tokenizer_config.json", "[1]", "tokenizer_config.json is no JSON object"),
    ],
)
def test_that_a_folder_with_a_wrong_tokenizer_says_so(tmp_path: Path, name: str, content: str | None, words: str):
    folder = write(tmp_path / "teacher")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ModelError, match=words):
        load(folder)


def test_that_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "teacher", vocab_size=20)
    with pytest.raises(ModelError, match="network knows 20"):
        load(folder)


def test_that_a_network_that_pads_in_front_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="empty places in front"):
        load(write(tmp_path / "teacher", "XLNet"))


def test_that_one_number_a_text_is_a_number_to_predict(tmp_path: Path) -> None:
    model = load(write(tmp_path / "teacher", id2label={0: "stars"}, label2id={"stars": 0}))
    assert (model.task, model.output.kind, model.class_names) == ("regression", "values", ("stars",))
    with torch.no_grad():
        assert model.respond(np.array(["good", "bad"], dtype=object)).shape == (2, 1)


def test_that_a_folder_says_that_its_labels_do_not_exclude_each_other(tmp_path: Path) -> None:
    model = load(write(tmp_path / "teacher", problem_type="multi_label_classification"))
    assert model.task == "multi_label"
    with pytest.raises(ModelError, match="several labels at once"):
        answering(model, "classification", model.spec.classes)


@pytest.mark.parametrize(("family", "longest"), [("Bert", 40), ("Roberta", 38)])
def test_that_a_text_is_cut_to_the_places_that_a_network_has(tmp_path: Path, family: str, longest: int) -> None:
    folder = write(tmp_path / "teacher", family)
    (folder / "tokenizer_config.json").unlink()
    model = load(folder)
    assert isinstance(model.preprocessing, TokenPreprocessing)
    assert model.preprocessing.length == longest
    with torch.no_grad():
        assert model.respond(np.array(["good " * 100], dtype=object)).isfinite().all()


@pytest.mark.parametrize("family", ["GPT2", "Llama"])
def test_that_a_language_model_opens_and_says_what_it_is(tmp_path: Path, family: str) -> None:
    head = "LMHeadModel" if family == "GPT2" else "ForCausalLM"
    folder = write(tmp_path / "writer", family, head)
    item = inspect(folder)
    assert item.kind == "text"
    assert item.output == "the next token, at each position"
    assert item.classes is None
    model = load(folder)
    with torch.no_grad():
        assert model.module(model.preprocessing.apply(ASKED)).shape[2] == model.spec.classes
    with pytest.raises(ModelError, match="writes text"):
        answering(model, "classification", 3)


def test_that_the_real_story_writer_goes_on_as_published(real_data) -> None:
    folder = real_data("stories260k/hf")
    model = load(folder)
    assert model.parameters == 260_032
    tokens = model.preprocessing.apply(np.array(["Once upon a time"], dtype=object))
    with torch.no_grad():
        for _ in range(40):
            tokens = torch.cat([tokens, model.module(tokens)[:, -1:].argmax(-1)], 1)
    from tokenizers import Tokenizer

    told = Tokenizer.from_file(str(folder / "tokenizer.json")).decode(tokens[0].tolist())
    assert told.startswith("Once upon a time, there was a little girl named Lily. She loved to play outside in the")
