"""The layers of real models, asked about real inputs."""

import numpy as np
import pytest
import torch

from kdstudio.analysis.layers import linear_cka
from kdstudio.core.errors import DataError, ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.committee import Committee
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.models.taps import EMBEDDING, answer
from kdstudio.training import layers_compared
from kdstudio.training.batches import load as read
from kdstudio.training.layers_compared import averaged, compare_layers, compared_layers, unseen
from tests.small_task import quick_recipe, result, trained, write_digits

NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Part:
    with np.load(write_digits(tmp_path_factory.mktemp("data") / "digits.npz", 300)) as file:
        return Part.whole(ArrayInputs(file["images"][:, None]), file["labels"])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    base = tmp_path_factory.mktemp("models")
    data = write_digits(base / "digits.npz", 300)
    made = {}
    for who, (architecture, knobs) in {
        "teacher": ("small_cnn", {"width": 4}),
        "student": ("mlp", {"hidden": [16, 8]}),
    }.items():
        run = trained(quick_recipe(data, student={"architecture": architecture, "knobs": knobs}, epochs=1), base / who)
        made[who] = load(run / "checkpoints" / "best" / "student.safetensors")
    return made


def test_that_every_two_layers_are_compared(models: dict[str, Model], part: Part) -> None:
    state = torch.get_rng_state()
    found = compare_layers(models, part, NAMES, "classification", 0)
    assert torch.equal(torch.get_rng_state(), state)
    assert (found.inputs, found.of) == (300, 300)
    assert found.layers["student"] == (*compared_layers(models["student"]), "logits")
    assert found.cka["student"].shape == (len(found.layers["teacher"]), len(found.layers["student"]))
    batch = result(read(part, torch.device("cpu"), "test", models["student"].preparations)).batch(torch.arange(300))
    with torch.inference_mode():
        own = answer(models["student"], batch, [EMBEDDING])
        first = compared_layers(models["teacher"])[0]
        theirs = answer(models["teacher"], batch, [first]).features[first].mean((2, 3))
    expected = linear_cka(theirs.numpy(), own.features[EMBEDDING].numpy())
    assert found.cka["student"][0, -2] == pytest.approx(expected, abs=1e-5)
    assert found.classes["teacher"].shape == (10, 10)
    np.testing.assert_allclose(np.diagonal(found.classes["student"]), 1)


def test_that_without_classes_layers_alone_are_compared(models: dict[str, Model], part: Part) -> None:
    numbers = Part(part.inputs, part.targets[:, None].astype(np.float32), part.index)
    found = compare_layers(models, numbers, ("size",), "regression", 0)
    assert found.classes == {}
    assert np.isfinite(found.cka["student"]).all()


def test_that_a_model_is_like_itself(models: dict[str, Model], part: Part) -> None:
    same = {"teacher": models["teacher"], "student": models["teacher"]}
    found = compare_layers(same, part, NAMES, "classification", 0)
    np.testing.assert_allclose(np.diagonal(found.cka["student"]), 1, atol=1e-6)
    np.testing.assert_allclose(found.cka["student"], found.cka["student"].T, atol=1e-6)


def test_that_a_sample_has_every_class_by_its_share(
    models: dict[str, Model], part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_compared, "INPUTS", 100)
    positions = layers_compared._drawn(part, "classification", 0)
    assert len(np.unique(positions)) == 100
    counts = np.bincount(part.targets[positions], minlength=10) * 3
    assert np.abs(counts - np.bincount(part.targets)).max() <= 4
    assert not np.array_equal(positions, layers_compared._drawn(part, "classification", 1))
    found = compare_layers(models, part, NAMES, "classification", 0)
    again = compare_layers(models, part, NAMES, "classification", 0)
    assert (found.inputs, found.of) == (100, 300)
    np.testing.assert_array_equal(found.cka["student"], again.cka["student"])


def test_that_places_without_a_token_do_not_count() -> None:
    features = torch.arange(24.0).reshape(2, 3, 4)
    tokens = torch.tensor([[5, 6, -1], [7, 8, 9]])
    found = averaged(features, tokens)
    torch.testing.assert_close(found[0], features[0, :2].mean(0))
    torch.testing.assert_close(found[1], features[1].mean(0))
    maps = torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(averaged(maps, None), maps.mean((2, 3)))
    assert averaged(torch.rand(2, 7).half(), None).dtype == torch.float32


def test_that_what_cannot_be_seen_into_is_refused(models: dict[str, Model], part: Part) -> None:
    one = models["teacher"]
    several = Committee(one.module, one.spec, one.preprocessing, members=(one, one), shares=(0.5, 0.5))
    assert unseen(models) == ""
    assert unseen({**models, "teacher": several}).startswith("the teacher is several models that answer together")
    with pytest.raises(ModelError, match="cannot be seen"):
        compare_layers({**models, "teacher": several}, part, NAMES, "classification", 0)
    with pytest.raises(DataError, match="too few"):
        compare_layers(models, part.subset(np.arange(3)), NAMES, "classification", 0)
