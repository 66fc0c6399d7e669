from dataclasses import replace

import numpy as np
import pytest
import torch

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.models.score import score
from kdstudio.models.source import load


def test_that_a_real_checkpoint_finds_its_normalisation_and_is_right(akamaster, cifar):
    found = score(load(akamaster / "resnet20-12fca82f.th"), cifar, limit=500)
    assert found.accuracy > 0.99
    assert found.count == 500
    assert found.preprocessing.mean == (0.485, 0.456, 0.406)  # its training script used ImageNet's
    assert found.tried["0..1"] < 0.7 < found.tried["ImageNet"]
    (note,) = found.problems
    assert note.severity == "note"
    assert "ImageNet" in note.message


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet32-d509ac18", "resnet44-014dd654", "resnet56-4bfd9763"])
def test_that_the_deeper_real_checkpoints_are_right_too(name, akamaster, cifar):
    found = score(load(akamaster / f"{name}.th"), cifar, limit=300)
    assert found.accuracy > 0.99
    assert found.preprocessing.mean == (0.485, 0.456, 0.406)


def test_that_classes_in_another_order_are_recognised_as_such(akamaster, cifar):
    model = load(akamaster / "resnet20-12fca82f.th")
    turned = Part(cifar.inputs, (cifar.targets + 3) % 10, cifar.index)
    found = score(model, turned, limit=100)
    (warning,) = [problem for problem in found.problems if problem.severity == "warning"]
    assert "chance" in warning.message
    assert "another order" in warning.hint


def test_that_an_untrained_model_is_near_chance_with_likely_causes(build, cifar):
    found = score(build("small_cnn", (3, 32, 32)), cifar, limit=200)
    (warning,) = found.problems
    assert warning.severity == "warning"
    assert "normalised" in warning.hint
    assert found.tried == {}


def test_that_a_model_with_fewer_classes_than_the_data_is_refused(build):
    part = Part.whole(ArrayInputs(np.zeros((12, 1, 28, 28), np.uint8)), np.arange(12))
    with pytest.raises(ModelError, match="10 classes and the data has 12"):
        score(build("small_cnn"), part)


def test_that_data_without_labels_gives_no_accuracy(build):
    part = Part.whole(ArrayInputs(np.zeros((4, 1, 28, 28), np.uint8)), np.full(4, -1))
    found = score(build("small_cnn"), part)
    assert (found.accuracy, found.count) == (None, 0)
    assert found.problems[0].severity == "note"


def test_that_only_labelled_inputs_count(build):
    part = Part.whole(ArrayInputs(np.zeros((4, 1, 28, 28), np.uint8)), np.array([-1, 0, -1, 1]))
    assert score(build("small_cnn"), part).count == 2


def test_that_answers_that_are_no_numbers_are_told(build):
    model = build("small_cnn")
    torch.nn.init.constant_(model.module.classifier.bias, float("nan"))
    part = Part.whole(ArrayInputs(np.zeros((20, 1, 28, 28), np.uint8)), np.arange(20) % 10)
    assert any("no numbers" in problem.message for problem in score(model, part).problems)
    assert any("no numbers" in p.message for p in score(replace(model, preprocessing_known=False), part).problems)


def test_that_the_module_stays_in_its_mode(build):
    model = build("small_cnn")
    model.module.train()
    before = model.module.stage1.bn1.running_mean.clone()
    part = Part.whole(ArrayInputs(np.full((20, 1, 28, 28), 255, np.uint8)), np.arange(20) % 10)
    score(model, part)
    assert model.module.training
    assert torch.equal(before, model.module.stage1.bn1.running_mean)
