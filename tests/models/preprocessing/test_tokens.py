import numpy as np
import pytest
import torch

from kdstudio.models.preprocessing.tokens import NOTHING, TokenPreprocessing
from tests.models.text_networks import TEXTS, tokenizer

ASKED = np.array([TEXTS[0], "boring", TEXTS[4]], dtype=object)


@pytest.fixture(scope="module")
def how() -> TokenPreprocessing:
    return TokenPreprocessing(tokenizer=tokenizer().backend_tokenizer.to_str(), length=12, pad=0)


def test_that_tokens_and_mask_are_those_of_the_tokenizer(how: TokenPreprocessing) -> None:
    expected = tokenizer()(list(ASKED), padding=True, truncation=True, max_length=12, return_tensors="pt")
    tokens, mask = how.given(how.apply(ASKED))
    assert torch.equal(tokens, expected["input_ids"])
    assert torch.equal(mask, expected["attention_mask"])


def test_that_pieces_of_different_lengths_join_to_what_they_are_together(how: TokenPreprocessing) -> None:
    pieces = [how.apply(ASKED[1:2]), how.apply(ASKED[[0, 2]])]
    whole = how.joined(pieces)
    assert torch.equal(whole, how.apply(ASKED[[1, 0, 2]]))
    assert torch.equal(how.trimmed(whole[:1]), pieces[0])


def test_that_a_graph_is_fed_with_what_it_turns_back(how: TokenPreprocessing) -> None:
    fed = how.feed(ASKED)
    assert list(fed) == [one.name for one in how.graph_inputs(())]
    back = how.in_graph(torch.from_numpy(fed["input_ids"]), torch.from_numpy(fed["attention_mask"]))
    assert torch.equal(back, how.apply(ASKED))


def test_that_an_empty_text_and_no_text_have_a_place(how: TokenPreprocessing) -> None:
    assert how.apply(np.array([""], dtype=object)).shape == (1, 2)  # what the tokenizer puts around each text
    assert how.apply(np.array([], dtype=object)).shape == (0, 1)


def test_that_a_changed_length_is_another_preprocessing(how: TokenPreprocessing) -> None:
    shorter = how.model_copy(update={"length": 4})
    assert shorter != how
    assert shorter.apply(ASKED).shape == (3, 4)
    assert (how.apply(ASKED)[1] == NOTHING).any()
