"""Language models of the zoo: they look back and never ahead, and come back from a file as they were."""

from pathlib import Path

import numpy as np
import pytest
import torch

from kdstudio.core.errors import InvalidRecipe, ModelError
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.kinds import TextInputs
from kdstudio.models.build import architecture
from kdstudio.models.model import Model
from kdstudio.models.next_token import answered, vocabulary
from kdstudio.models.preprocessing.tokens import NOTHING, TokenPreprocessing
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.models.student import student
from kdstudio.models.tasks import Answering
from kdstudio.recipe.choices import StudentChoice
from tests.models.text_networks import TEXTS, WORDS, tokenizer

KNOBS = {"gru": {"width": 16, "layers": 2}, "tiny_transformer": {"width": 16, "layers": 2, "heads": 2}}
NAMES = pytest.mark.parametrize("name", list(KNOBS))


def make(name: str, seed: int = 0) -> Model:
    tokens = TokenPreprocessing(tokenizer=tokenizer().backend_tokenizer.to_str(), length=32)
    choice = StudentChoice(architecture=name, knobs=KNOBS[name])
    return student(choice, TextInputs(TEXTS), WORDS, (), tokens, seed, Answering(NEXT_TOKEN))


@NAMES
def test_that_an_answer_depends_on_what_came_before_alone(name: str):
    model = make(name)
    tokens = torch.tensor([[2, 7, 9, 11, 13], [2, 7, 9, 3, NOTHING]])
    changed = tokens.clone()
    changed[0, 3:] = torch.tensor([20, 21])
    with torch.no_grad():
        first, second = model.module(tokens), model.module(changed)
        alone = model.module(tokens[1:, :4])
    torch.testing.assert_close(first[0, :3], second[0, :3])
    assert not torch.allclose(first[0, 3], second[0, 3], atol=1e-3)
    torch.testing.assert_close(first[1, :4], alone[0])  # padding is not looked at


@NAMES
def test_that_first_weights_depend_on_the_seed_alone_and_draw_nothing(name: str):
    before = torch.get_rng_state()
    same, again, other = make(name), make(name), make(name, seed=1)
    assert torch.equal(before, torch.get_rng_state())
    weights = [next(iter(model.module.state_dict().values())) for model in (same, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@NAMES
def test_that_a_file_gives_the_same_model_back(name: str, tmp_path: Path):
    model = make(name)
    save(model, tmp_path / "student.safetensors")
    again = load(tmp_path / "student.safetensors")
    assert again.per_token
    assert vocabulary(again) == vocabulary(model)
    texts = np.array(TEXTS, dtype=object)
    assert np.array_equal(answered(again, texts)[0], answered(model, texts)[0])


@NAMES
def test_that_it_is_no_classifier_and_a_classifier_no_language_model(name: str):
    tokens = make(name).preprocessing
    with pytest.raises(ModelError, match="does not take text"):
        student(StudentChoice(architecture=name, knobs=KNOBS[name]), TextInputs(TEXTS), 2, (), tokens, 0)
    choice = StudentChoice(architecture="text_cnn")
    with pytest.raises(ModelError, match="no language model"):
        student(choice, TextInputs(TEXTS), WORDS, (), tokens, 0, Answering(NEXT_TOKEN))


def test_that_smaller_ones_are_of_the_same_kind():
    assert architecture("gru", {"width": 64, "layers": 2}).shrunk(0.5, 0.5).label == "GRU-32"
    assert (
        architecture("tiny_transformer", {"width": 64, "layers": 4}).shrunk(0.5, 0.5).label == "Tiny transformer 32×2"
    )
    with pytest.raises(InvalidRecipe):
        architecture("tiny_transformer", {"width": 10, "heads": 4})
