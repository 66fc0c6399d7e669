"""Rounding to 8 bits while learning."""

import numpy as np
import pytest
import torch
from torch import nn

from kdstudio.models.build import architecture, empty, initialise
from kdstudio.models.rounding import RoundedConv2d, Rounding, folded, put_rounding, roundings, settle, weight_steps

FAMILIES = [
    ("mlp", {"hidden": [16, 8], "batch_norm": True}, 2),
    ("lenet", {}, 0),
    ("small_cnn", {"width": 4, "blocks": 3, "depth": 2}, 4),
    ("mobilenet", {"width": 8, "depth": 2}, 22),
    ("resnet", {"depth": 8, "width": 4}, 7),
    ("resnet", {"depth": 8, "width": 4, "shortcut": "projection"}, 9),
    ("wide_resnet", {"depth": 10, "widen": 1}, 3),
    ("resnet_imagenet", {"depth": 50, "width": 4, "stem": "large"}, 53),
]


def network(name: str, knobs: dict[str, object], side: int = 32) -> nn.Module:
    return initialise(empty(architecture(name, knobs), (3, side, side), 10), seed=0)


def rounding(low: float, high: float) -> Rounding:
    made = Rounding().eval()
    made.range.copy_(torch.tensor([low, high]))
    return made


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 2.5), (0.5, 2.0), (-2.0, -1.0), (0.0, 0.0)])
def test_that_values_become_the_nearest_of_256_steps_with_0_among_them(low: float, high: float) -> None:
    values = torch.randn(500, generator=torch.Generator().manual_seed(0)) * 2
    step = max((max(high, 0) - min(low, 0)) / 255, 1e-12)
    zero = np.clip(np.round(-min(low, 0) / step), 0, 255)
    whole = np.clip(np.round(values.double().numpy() / step) + zero, 0, 255)
    found = rounding(low, high)(values)
    np.testing.assert_allclose(found.numpy(), (whole - zero) * step, atol=1e-5)
    assert rounding(low, high)(torch.zeros(1)) == 0
    assert len(found.unique()) <= 256


def test_that_the_gradient_passes_straight_through_but_where_values_were_clipped() -> None:
    values = torch.tensor([-2.0, -0.5, 0.3, 0.9, 4.0], requires_grad=True)
    rounding(-1.0, 1.0)(values).sum().backward()
    assert values.grad.tolist() == [0, 1, 1, 1, 0]


def test_that_ranges_follow_the_batches_while_learning_alone() -> None:
    one = rounding(-1.0, 1.0)
    one(torch.tensor([-5.0, 9.0]))
    assert one.range.tolist() == [-1, 1]
    one.train()(torch.tensor([-5.0, 9.0]))
    torch.testing.assert_close(one.range, torch.tensor([-1 + 0.01 * -4, 1 + 0.01 * 8]))


@pytest.mark.parametrize(("name", "knobs", "folds"), FAMILIES)
def test_that_every_layer_rounds_and_norms_behind_layers_are_known(name: str, knobs, folds: int) -> None:
    module = network(name, knobs)
    before = dict(module.state_dict())
    assert len(folded(module, (3, 32, 32))) == folds
    put_rounding(module, (3, 32, 32))
    assert len(folded(module, (3, 32, 32))) == folds
    after = module.state_dict()
    assert {key for key in after if not key.endswith(".range")} == before.keys()
    layers = [key for key, one in module.named_modules() if isinstance(one, nn.Conv2d | nn.Linear)]
    assert {f"{key}.given" for key in layers} <= roundings(module).keys()
    with torch.device("meta"):  # where a file is opened, it is built so
        meta = architecture(name, knobs).build((3, 32, 32), 10)
        put_rounding(meta, (3, 32, 32))
    assert meta.state_dict().keys() == after.keys()


def test_that_a_norm_that_is_not_alone_behind_its_layer_stays() -> None:
    module = network("wide_resnet", {"depth": 10, "widen": 1})
    assert "block1.layer.0.bn1" not in folded(module, (3, 32, 32))  # the sum around the block sees the same values


def test_that_a_norm_folded_into_weights_before_they_are_rounded_gives_the_same_whole_numbers() -> None:
    weight = torch.randn(8, 3, 3, 3, generator=torch.Generator().manual_seed(1))
    factor = torch.linspace(-2, 2, 8)
    along = (-1, 1, 1, 1)
    plain = (weight / weight_steps(weight).view(along)).round()
    scaled = weight * factor.view(along)
    assert torch.equal((scaled / weight_steps(scaled).view(along)).round(), plain * factor.sign().view(along))


@pytest.mark.parametrize(("name", "knobs", "folds"), FAMILIES)
def test_that_a_settled_network_answers_the_same(name: str, knobs, folds: int) -> None:
    del folds
    module = network(name, knobs)
    put_rounding(module, (3, 32, 32))
    for one in roundings(module).values():
        one.range.copy_(torch.tensor([-3.0, 3.0]))
    inputs = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        wanted = module(inputs)
        settle(module)
        torch.testing.assert_close(module(inputs), wanted, atol=1e-4, rtol=1e-4)
    assert not any(isinstance(one, RoundedConv2d | Rounding) for one in module.modules())
