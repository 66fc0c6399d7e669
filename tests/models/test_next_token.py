"""What a language model answers at each place, against a loop that is written out by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Part
from kdstudio.data.kinds import TextInputs
from kdstudio.models.next_token import answered, same_tokens, vocabulary
from kdstudio.models.preprocessing.tokens import NOTHING, asked, following
from kdstudio.models.score import score
from kdstudio.models.source import load
from kdstudio.models.tasks import answering
from kdstudio.models.values import IGNORE, Batch
from tests.models.text_networks import TEXTS, write


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("writer") / "model", "Llama", "ForCausalLM")


def test_that_each_token_is_followed_by_the_next_and_the_last_by_none():
    tokens = torch.tensor([[2, 5, 6, 3], [2, 7, 3, NOTHING]])
    assert following(tokens).tolist() == [[5, 6, 3, IGNORE], [7, 3, IGNORE, IGNORE]]


def test_that_every_place_of_every_text_is_answered_as_it_is_alone(writer: Path):
    model = load(writer)
    logits, targets = answered(model, np.array(TEXTS[:3], dtype=object))
    at = 0
    for text in TEXTS[:3]:
        tokens = model.preprocessing.apply(np.array([text], dtype=object))
        with torch.no_grad():
            alone = model.module(tokens)[0]
        for place in range(tokens.shape[1] - 1):
            np.testing.assert_allclose(logits[at], alone[place].numpy(), atol=1e-5)
            assert targets[at] == tokens[0, place + 1]
            at += 1
    assert at == len(targets)


def test_that_the_words_are_readable_and_each_is_another(real_data):
    words = vocabulary(load(real_data("stories260k/hf")))
    assert len(set(words)) == len(words) == 512
    assert {"␣the", "↵", "e", "<s>"} <= set(words)
    assert not any(word.startswith("<0x") for word in words)


def test_that_a_real_writer_is_scored_at_all_places(real_data):
    found = score(load(real_data("stories260k/hf")), Part.whole(TextInputs(TEXTS), np.zeros(len(TEXTS), np.int64)))
    assert found.count > 50
    assert found.accuracy is not None
    assert found.accuracy > 0.1


def test_that_a_batch_of_passages_asks_for_their_tokens(writer: Path):
    how = load(writer).preprocessing
    prepared = how.apply(np.array(TEXTS[:2], dtype=object))
    nothing = torch.zeros(2, dtype=torch.int64)
    batch = Batch(None, nothing, nothing, ahead={how: prepared}, positions=torch.arange(2))
    made = asked(batch, how)
    assert len(made) == 2
    assert torch.equal(made.targets, following(prepared))
    assert made.mask is not None
    assert torch.equal(made.mask, made.targets != IGNORE)


def test_that_a_writer_and_a_classifier_are_not_taken_for_each_other(writer: Path, tmp_path: Path):
    classifier = load(write(tmp_path / "classifier", "DistilBert"))
    with pytest.raises(ModelError, match="writes text"):
        answering(load(writer), "classification", 3)
    with pytest.raises(ModelError, match="a whole text once"):
        answering(classifier, "next_token", 3)
    assert same_tokens(load(writer), load(writer))
