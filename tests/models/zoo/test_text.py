"""The networks that take numbered words (N, L)."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from kdstudio.core.errors import InvalidRecipe, ModelError
from kdstudio.data.dataset import ArrayInputs
from kdstudio.models.build import ARCHITECTURES, architecture
from kdstudio.models.identify import identify
from kdstudio.models.measure import measure
from kdstudio.models.save import save
from kdstudio.models.source import load

KNOBS = {
    "text_bag": [{}, {"width": 1}],
    "text_cnn": [{}, {"width": 8, "filters": 5, "windows": [2], "dropout": 0}, {"windows": [5, 1, 16], "filters": 3}],
}
CASES = [(name, knobs) for name, rows in KNOBS.items() for knobs in rows]


class Masked(torch.nn.Module):
    """What an export holds: numbers and mask in, logits out."""

    def __init__(self, model):
        super().__init__()
        self.module, self.preprocessing = model.module, model.preprocessing

    def forward(self, *given):
        return self.module(self.preprocessing.in_graph(*given))


def numbers(*texts, length=0):
    """Return numbered words, padded to the longest text and `length`."""
    width = max([length, *map(len, texts)])
    return torch.tensor([[*text, *[0] * (width - len(text))] for text in texts])


def test_that_every_architecture_for_text_is_covered_here():
    assert set(KNOBS) == {name for name, known in ARCHITECTURES.items() if "text" in known.takes}


@pytest.mark.parametrize(("name", "knobs"), CASES)
def test_that_answers_do_not_depend_on_the_padding(name, knobs, build):
    module = build(name, **knobs).module
    texts = [[5, 9, 3, 8], [7], [4, 4, 4, 4, 4, 4, 4, 4, 4, 6], []]
    together = module(numbers(*texts, length=40))
    for row, text in zip(together, texts, strict=True):
        for length in (1, len(text), len(text) + 1, 64):
            torch.testing.assert_close(module(numbers(text, length=max(1, length)))[0], row)


@pytest.mark.parametrize(("name", "knobs"), CASES)
def test_that_texts_shorter_than_a_window_and_empty_ones_are_answered(name, knobs, build):
    logits = build(name, **knobs).module(numbers([], [3], [3, 5]))
    assert logits.shape == (3, 10)
    assert torch.isfinite(logits).all()
    assert not torch.allclose(logits[1], logits[2])


@pytest.mark.parametrize(("name", "knobs"), CASES)
def test_that_gradients_reach_every_weight_and_the_padding_stays_zero(name, knobs, build):
    module = build(name, **knobs).module  # in eval mode: dropout would draw from the default generator
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(numbers([3, 4, 5], [6])), torch.tensor([0, 1])).backward()
        optimizer.step()
    assert all(parameter.grad is not None for parameter in module.parameters())
    assert not module.embedding.weight[0].any()


@pytest.mark.parametrize(("name", "knobs"), CASES)
def test_that_a_built_network_is_recognised_from_its_shapes_alone(name, knobs, build):
    model = build(name, **knobs)
    fit = identify({key: tuple(tensor.shape) for key, tensor in model.module.state_dict().items()})
    assert type(fit.architecture) is ARCHITECTURES[name]
    dumped = fit.architecture.model_dump(mode="json")
    assert {**dumped, "dropout": 0} == {**model.spec.knobs, "dropout": 0}
    assert fit.classes == 10


@pytest.mark.parametrize(
    ("name", "knobs"), [case if not case[1] else pytest.param(*case, marks=pytest.mark.slow) for case in CASES]
)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore:# The axis name:UserWarning")
def test_that_onnxruntime_gives_the_same_logits_for_any_number_and_length_of_texts(name, knobs, build, tmp_path):
    model = build(name, **knobs)
    wrapped = Masked(model).eval()
    known = model.preprocessing.graph_inputs(())
    dims = {word: torch.export.Dim(word, min=1) for word in ("batch", "length")}
    axes = tuple({axis: dims[word] for axis, word in each.axes.items()} for each in known)
    program = torch.onnx.export(
        wrapped,
        tuple(each.example for each in known),
        dynamo=True,
        opset_version=18,
        input_names=[each.name for each in known],
        dynamic_shapes={"given": axes},
        verbose=False,
    )
    program.save(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for texts in ([[5, 9, 3]], [[2], [], [7, 7, 8, 4, 9]], [[6]] * 40, [list(range(2, 90))]):
        given = numbers(*texts)
        mask = (given != 0).long()
        (logits,) = session.run(None, {"input_ids": given.numpy(), "attention_mask": mask.numpy()})
        np.testing.assert_allclose(logits, wrapped(given, mask).detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("name", list(KNOBS))
def test_that_a_saved_one_opens_with_its_words(name, build, tmp_path):
    model = build(name)
    save(model, tmp_path / "x")
    again = load(tmp_path / "x")
    assert (again.spec, again.preprocessing) == (model.spec, model.preprocessing)
    texts = np.array(["word1 word2 unheard", ""], dtype=object)
    assert torch.equal(again.logits(texts), model.logits(texts))


def test_that_weights_without_their_words_are_refused(build, tmp_path):
    save_file(build("text_cnn").module.state_dict(), tmp_path / "bare.safetensors")
    with pytest.raises(ModelError, match="words are not stored"):
        load(tmp_path / "bare.safetensors")


def test_that_it_is_not_used_on_images(build):
    with pytest.raises(ModelError, match="takes text and the data is images"):
        build("text_bag").suited(ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)))


def test_that_windows_are_given_once_and_costs_are_counted(build):
    with pytest.raises(InvalidRecipe):
        architecture("text_cnn", {"windows": [3, 3]})
    assert architecture("text_cnn", {"windows": [5, 3]}).windows == (3, 5)
    model = build("text_cnn", width=8, filters=4, windows=[3])
    assert measure(model).macs == 12 * 8 * 4 * 3 + 4 * 10
    assert json.dumps(model.spec.knobs)
