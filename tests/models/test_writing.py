"""A language model that writes: as transformers itself would, and as a network without a memory does."""

import numpy as np
import pytest
import torch

from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.kinds import TextInputs
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.models.tasks import Answering
from kdstudio.models.writing import _asked_anew, _begun, _generated, write
from kdstudio.recipe.choices import StudentChoice
from tests.models.text_networks import TEXTS, WORDS, tokenizer
from tests.models.text_networks import write as write_network


@pytest.fixture(scope="module")
def teller(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(write_network(tmp_path_factory.mktemp("writer") / "model", "Llama", "ForCausalLM"))


def new() -> Model:
    tokens = TokenPreprocessing(tokenizer=tokenizer().backend_tokenizer.to_str(), length=32)
    choice = StudentChoice(architecture="gru", knobs={"width": 16})
    return student(choice, TextInputs(TEXTS), WORDS, (), tokens, 0, Answering(NEXT_TOKEN))


def test_that_a_network_with_a_memory_writes_what_it_writes_without(teller: Model):
    marks = torch.zeros(WORDS, dtype=torch.bool)
    marks[:5] = True
    rows = [
        _begun(teller.preprocessing.apply(np.array([text], dtype=object))[0], marks) for text in ("a", "a good film")
    ]
    remembered = _generated(teller, rows, 24, marks, 1.0, None)
    anew = _asked_anew(teller, rows, 24, marks, 1.0, None)
    for one, other, row in zip(remembered, anew, rows, strict=True):
        shorter = min(len(one), len(other))
        assert shorter > len(row)
        assert torch.equal(one[:shorter], other[:shorter])


@pytest.mark.parametrize("make", ["teller", "new"])
def test_that_a_seed_writes_the_same_texts_and_leaves_other_random_numbers_alone(make: str, request):
    model = new() if make == "new" else request.getfixturevalue("teller")
    before = torch.get_rng_state()
    first, again, other = (
        write(model, ["a good", "the film"], 10, 1.0, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert first == again != other
    assert [text.split()[:2] for text in first] == [["a", "good"], ["the", "film"]]
    assert not any("[" in text for text in first)


def test_that_a_real_writer_tells_stories(real_data):
    (text,) = write(load(real_data("stories260k/hf")), ["Once upon a time"], 30, 1.0, None)
    assert text.startswith("Once upon a time, there was a little")


def test_that_the_places_of_a_network_are_not_exceeded(teller: Model):
    (text,) = write(teller, ["a good film"], 1000, 1.0, torch.Generator().manual_seed(0))
    assert len(tokenizer()(text)["input_ids"]) <= teller.preprocessing.length + 2
