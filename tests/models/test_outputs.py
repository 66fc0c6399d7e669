from collections import namedtuple
from dataclasses import dataclass, replace

import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.outputs import OutputChoice, choose


def rows(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


LOGITS = rows(2, 10)
FEATURES = rows(2, 64, seed=1)


@dataclass
class Answer:
    loss: torch.Tensor | None
    logits: torch.Tensor
    hidden_states: tuple[torch.Tensor, ...] = ()


Pair = namedtuple("Pair", "features scores")

PLAIN = {
    "a tensor": (LOGITS, ()),
    "a tuple": ((LOGITS, FEATURES), (0,)),
    "features first": ((FEATURES, LOGITS), (1,)),
    "a dict": ({"embedding": FEATURES, "logits": LOGITS}, ("logits",)),
    "a dict inside a list": ([{"x": LOGITS}], (0, "x")),
    "a dataclass": (Answer(None, LOGITS, (FEATURES, FEATURES)), ("logits",)),
    "a named tuple": (Pair(FEATURES, LOGITS), (1,)),
    "an auxiliary head": ({"aux": LOGITS + 1, "out": LOGITS}, ("out",)),
    "maps of one pixel": (LOGITS[:, :, None, None], ()),
}


@pytest.mark.parametrize("name", list(PLAIN))
def test_that_the_logits_are_found_wherever_they_stand(name):
    answer, place = PLAIN[name]
    choice, classes = choose([answer, answer], 2)
    assert (choice.place, choice.kind, classes) == (place, "logits", 10)
    assert torch.equal(choice.logits(answer), LOGITS)
    assert ("outputs" in choice.reason) == (name not in {"a tensor", "maps of one pixel", "a dict inside a list"})


def test_that_a_plain_tensor_costs_nothing():
    assert OutputChoice().logits(LOGITS) is LOGITS
    tokens = rows(2, 7, 30)  # of a language model
    assert OutputChoice().logits(tokens) is tokens


def test_that_probabilities_are_taken_as_log_probabilities():
    answer = LOGITS.softmax(1)
    choice, _ = choose([answer, rows(2, 10, seed=3).softmax(1)], 2)
    assert choice.kind == "probabilities"
    torch.testing.assert_close(choice.logits(answer), LOGITS.log_softmax(1))
    assert torch.isfinite(choice.logits(torch.tensor([[0.0, 1.0]]))).all()


def test_that_a_sigmoid_is_undone():
    choice, _ = choose([LOGITS.sigmoid(), rows(2, 10, seed=3).sigmoid()], 2)
    assert choice.kind == "sigmoid"
    torch.testing.assert_close(choice.logits(LOGITS.sigmoid()), LOGITS, atol=1e-4, rtol=1e-4)
    assert torch.isfinite(choice.logits(torch.tensor([[0.0, 1.0]]))).all()
    assert "several labels" in choice.reason


def test_that_log_probabilities_are_logits_already():
    assert choose([LOGITS.log_softmax(1)], 2)[0].kind == "logits"


def test_that_logits_are_preferred_to_what_was_made_of_them():
    answer = (LOGITS.softmax(1), LOGITS)
    choice, _ = choose([answer], 2)
    assert (choice.place, choice.kind) == ((1,), "logits")
    assert "output 1 (N, 10)" in choice.reason


REFUSED = {
    "token ids alone": (torch.zeros(2, 7, dtype=torch.int64), "token ids"),
    "labels alone": (torch.zeros(2, dtype=torch.int64), "labels"),
    "a number beside a state": ((rows(2, 1), rows(2, 2, 64)), "one number an input"),
    "a sequence": (rows(2, 26, 37), "OCR"),
    "a map": (rows(2, 21, 16, 16), "segmentation"),
    "a detector": ([{"boxes": rows(5, 4), "scores": rows(5), "labels": torch.zeros(5)}], "boxes"),
    "an embedding": (torch.nn.functional.normalize(rows(2, 128)), "embedding"),
    "nothing": (None, "no classifier"),
    "words": (["a", "b"], "no classifier"),
    "another number of rows": (rows(3, 10), r"\(N, 10\)"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_that_what_is_no_classifier_is_said_to_be_what_it_is(name):
    answer, words = REFUSED[name]
    with pytest.raises(ModelError, match=words) as caught:
        choose([answer, answer], 2)
    assert caught.value.hint


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_that_one_number_an_input_is_a_value_or_a_yes_or_no(shape):
    choice, classes = choose([rows(*shape) * 10], 2)
    assert (choice.kind, classes, choice.is_share) == ("values", 1, False)
    assert choice.logits(rows(*shape)).shape == (2, 1)
    shares, _ = choose([rows(*shape).sigmoid()], 2)
    assert shares.is_share
    two = replace(shares, kind="binary").logits(torch.tensor([0.9, 0.25]))
    torch.testing.assert_close(two.softmax(1)[:, 1], torch.tensor([0.9, 0.25]))


def test_that_values_are_answered_in_the_unit_of_the_data():
    choice = OutputChoice(kind="values", scale=(2.0, 10.0), shift=(1.0, -5.0))
    torch.testing.assert_close(choice.logits(torch.tensor([[1.0, 1.0]])), torch.tensor([[3.0, 5.0]]))


def test_that_a_choice_is_told_in_words():
    assert OutputChoice().describe() == "logits"
    assert OutputChoice((1,), "probabilities").describe() == "output 2: probabilities, taken as log-probabilities"
    assert OutputChoice(("head", "y")).describe() == "“head.y”: logits"


def test_that_a_head_that_starts_at_zero_answers_logits():
    assert choose([torch.zeros(2, 4)] * 3, 2)[0].kind == "logits"
