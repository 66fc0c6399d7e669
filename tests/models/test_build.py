import numpy as np
import pytest
import torch

from kdstudio.core.errors import InvalidRecipe, ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty, initialise


def test_that_the_same_seed_gives_the_same_weights_and_another_seed_others(build):
    first, again, other = build("resnet", depth=8), build("resnet", depth=8), build("resnet", depth=8, seed=1)
    assert all(map(torch.equal, first.module.state_dict().values(), again.module.state_dict().values()))
    assert not torch.equal(first.module.conv1.weight, other.module.conv1.weight)


def test_that_building_draws_nothing_from_the_default_generator(build):
    before = torch.get_rng_state()
    for name in ARCHITECTURES:
        build(name)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_that_an_empty_module_holds_no_numbers_and_a_new_one_finite_ones(name):
    module = empty(architecture(name, {}), (1, 28, 28), 10)
    assert {tensor.device.type for tensor in module.state_dict().values()} == {"meta"}
    initialise(module, 0)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in module.state_dict().values())
    assert not module.training


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_that_new_weights_leave_nothing_that_was_in_memory(name, monkeypatch):
    allocate = torch.nn.Module.to_empty

    def spoiled(self, **options):
        for tensor in allocate(self, **options).state_dict().values():
            tensor.fill_(float("nan") if tensor.is_floating_point() else -7)
        return self

    monkeypatch.setattr(torch.nn.Module, "to_empty", spoiled)
    module = initialise(empty(architecture(name, {}), (1, 28, 28), 10), 0)
    assert all(bool((torch.isfinite(tensor) & (tensor != -7)).all()) for tensor in module.state_dict().values())


def test_that_a_layer_whose_first_weights_nobody_knows_is_refused():
    with torch.device("meta"):
        module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.PReLU())
    with pytest.raises(ModelError, match="PReLU"):
        initialise(module, 0)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_that_new_weights_keep_the_scale_of_the_signal(name, build, inputs):
    model = build(name)
    is_text = bool({"text", "tokens"} & set(ARCHITECTURES[name].takes))
    model.module.train(not is_text)  # their dropout would draw from the default generator
    texts = [" ".join(f"word{7 * i * j % 200}" for j in range(1 + i % 12)) for i in range(32)]
    raw = np.array(texts, dtype=object) if is_text else inputs(32, 1, 28, 28)
    spread = float(model.logits(raw).detach().std())
    assert (0.01 if is_text else 0.05) < spread < 10


def test_that_an_unknown_name_and_wrong_knobs_say_what_is_allowed():
    with pytest.raises(ModelError) as caught:
        architecture("vgg99", {})
    assert "resnet" in caught.value.hint
    with pytest.raises(InvalidRecipe) as wrong:
        architecture("small_cnn", {"width": 0, "colour": 1})
    assert [problem.where for problem in wrong.value.problems] == ["student.knobs.width", "student.knobs.colour"]
