"""How the weights move: no further than they may."""

import torch

from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.training.optimizing import constrain, make_optimizer


def test_that_only_weights_that_are_too_long_are_shortened() -> None:
    row, kernel, bias = torch.tensor([[3.0, 4.0], [0.3, 0.4]]), torch.full((2, 1, 3, 3), 1.0), torch.tensor([9.0, 9.0])
    constrain([row, kernel, bias], 2.0)
    torch.testing.assert_close(row, torch.tensor([[1.2, 1.6], [0.3, 0.4]]))
    torch.testing.assert_close(kernel.flatten(1).norm(dim=1), torch.full((2,), 2.0))
    assert bias.tolist() == [9, 9]


def test_that_each_step_ends_within_the_largest_norm() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(8, 4)
    for name in ("sgd", "adamw"):
        choice = OptimizerChoice(name=name, learning_rate=1.0, max_norm=0.5)
        optimizer = make_optimizer(choice, list(layer.parameters()))
        for _ in range(3):
            optimizer.zero_grad()
            (layer(torch.randn(16, 8)) ** 2).sum().backward()
            optimizer.step()
            assert layer.weight.norm(dim=1).max() <= 0.5 + 1e-6
