"""Pretrained networks without a classifier for the data: they get a new one, and keep all other weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.models.inspect import inspect
from kdstudio.models.loaders.pretrained import is_encoder, with_new_head
from kdstudio.models.save import save
from kdstudio.models.source import load
from tests.models.text_networks import write

TEXTS = np.array(["a good movie", "a long and boring film with a warm heart"], dtype=object)
NAMES = ("cat", "dog", "fox", "wolf")


def made(folder: Path, **how: Any) -> Any:
    model = with_new_head(folder, NAMES, 4, how.pop("seed", 0), several=how.pop("several", False))
    assert model is not None
    return model


@pytest.mark.parametrize("head", ["Model", "ForMaskedLM"])
def test_that_an_encoder_gets_a_classifier_and_keeps_its_weights(head: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "bert", "Bert", head)
    assert is_encoder(folder)
    model = made(folder)
    assert (model.spec.classes, model.class_names, model.per_token) == (4, NAMES, False)
    assert model.respond(TEXTS).shape == (2, 4)
    whole = dict(model.module.network.base_model.named_parameters())
    theirs = load_file(folder)
    kept = [name for name in theirs if name.removeprefix("bert.") in whole and "pooler" not in name]
    assert len(kept) > 20
    for name in kept:
        torch.testing.assert_close(whole[name.removeprefix("bert.")], theirs[name])


def load_file(folder: Path) -> Any:
    from safetensors.torch import load_file as read

    return read(folder / "model.safetensors")


def test_that_new_weights_depend_on_the_seed_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "bert", "DistilBert", "Model")
    before = torch.get_rng_state()
    first, again, other = (made(folder, seed=seed).module.network.classifier for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)
    assert first.weight.std().item() == pytest.approx(0.02, rel=0.5)
    assert first.bias.abs().max() == 0


def test_that_a_classifier_of_other_classes_keeps_all_but_its_last_layer(tmp_path: Path) -> None:
    folder = write(tmp_path / "bert", "Bert")
    assert not is_encoder(folder)
    old, new = load(folder).module.state_dict(), made(folder).module.state_dict()
    changed = {name for name in new if old[name].shape != new[name].shape or not torch.equal(old[name], new[name])}
    assert changed == {"network.classifier.weight", "network.classifier.bias"}


def test_that_it_is_saved_and_opened_again(tmp_path: Path) -> None:
    model = made(write(tmp_path / "bert", "Bert", "Model"), several=True)
    save(model, tmp_path / "student.safetensors")
    again = load(tmp_path / "student.safetensors")
    assert (again.task, again.class_names) == ("multi_label", NAMES)
    torch.testing.assert_close(again.respond(TEXTS), model.respond(TEXTS))


def test_that_other_folders_are_none_and_a_teacher_must_have_its_classifier(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert with_new_head(tmp_path / "nothing", NAMES, 4, 0, several=False) is None
    assert not is_encoder(tmp_path / "nothing")
    with pytest.raises(ModelError, match="without a classifier") as caught:
        load(write(tmp_path / "bert", "Bert", "Model"))
    assert "Take it as the student" in caught.value.hint


def test_that_inspect_shows_what_it_is_and_what_becomes_of_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "bert", "Bert", "Model")
    item = inspect(folder)
    assert (item.role, item.classes, item.class_names, item.can_train) == ("model", None, (), True)
    assert item.path == str(folder)
    assert [problem.severity for problem in item.problems] == ["note"]
    assert "as the student it gets one" in item.problems[0].message
