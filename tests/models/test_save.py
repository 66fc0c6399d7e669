import pytest
import torch

from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.save import save, serialise
from kdstudio.models.source import load


@pytest.mark.parametrize("name", [name for name, known in ARCHITECTURES.items() if "image" in known.takes])
def test_that_a_saved_model_comes_back_identical(name, build, tmp_path, inputs):
    model, file = build(name, (3, 32, 32)), tmp_path / "Schüler 1.safetensors"
    save(model, file)
    opened = load(file)
    assert opened.spec == model.spec
    assert opened.preprocessing == model.preprocessing
    assert opened.preprocessing_known
    assert opened.class_names == model.class_names
    assert opened.layers == model.layers
    assert opened.label == model.label
    assert opened.problems == ()
    first, second = model.module.state_dict(), opened.module.state_dict()
    assert list(first) == list(second)
    assert all(torch.equal(first[key], second[key]) for key in first)
    raw = inputs(2, 3, 32, 32)
    assert torch.equal(opened.logits(raw), model.logits(raw))


def test_that_the_digest_tells_files_apart(build, tmp_path):
    save(build("lenet"), tmp_path / "a")
    save(build("lenet"), tmp_path / "b")
    save(build("lenet", seed=1), tmp_path / "c")
    a, b, c = (load(tmp_path / name).digest for name in "abc")
    assert a == b != c


def test_that_channels_last_weights_are_saved_the_same(build):
    model = build("small_cnn")
    before = serialise(model)
    model.module.to(memory_format=torch.channels_last)
    assert serialise(model) == before


def test_that_dropout_knobs_come_back(build, tmp_path):
    save(build("mlp", dropout=0.5, input_dropout=0.2), tmp_path / "x")
    assert load(tmp_path / "x").spec.knobs["input_dropout"] == 0.2


def test_that_a_foreign_file_saved_again_still_does_not_know_its_preprocessing(akamaster, tmp_path):
    model = load(akamaster / "resnet20-12fca82f.th")
    save(model, tmp_path / "x")
    again = load(tmp_path / "x")
    assert not again.preprocessing_known
    assert again.preprocessing.channels == 3
    assert again.spec == model.spec
