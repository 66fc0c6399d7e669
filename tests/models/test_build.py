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
def test_that_new_weights_keep_the_scale_of_the_signal(name, build, inputs):
    model = build(name)
    model.module.train()
    spread = float(model.logits(inputs(32, 1, 28, 28)).detach().std())
    assert 0.05 < spread < 10


def test_that_an_unknown_name_and_wrong_knobs_say_what_is_allowed():
    with pytest.raises(ModelError) as caught:
        architecture("vgg99", {})
    assert "resnet" in caught.value.hint
    with pytest.raises(InvalidRecipe) as wrong:
        architecture("small_cnn", {"width": 0, "colour": 1})
    assert [problem.where for problem in wrong.value.problems] == ["student.knobs.width", "student.knobs.colour"]
