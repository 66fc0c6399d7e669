"""Batch normalisation over all devices is batch normalisation: here with one, against PyTorch's own."""

import pytest
import torch
from torch import nn

from kdstudio.training.group import ALONE
from kdstudio.training.sync_norm import synchronise


@pytest.mark.parametrize(("kind", "shape"), [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm2d, (6, 3, 4, 4))])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_that_answers_gradients_and_statistics_are_those_of_pytorch(
    kind: type[nn.BatchNorm2d], shape: tuple[int, ...], momentum: float | None
) -> None:
    torch.manual_seed(0)
    expected, found = (kind(3, momentum=momentum).double() for _ in range(2))
    synchronise(found, ALONE)
    inputs = torch.randn(shape, dtype=torch.float64) * 3 + 1
    pull = torch.randn(shape, dtype=torch.float64)
    for _ in range(2):
        first, second = (inputs.clone().requires_grad_() for _ in range(2))
        (expected(first) * pull).sum().backward()
        (found(second) * pull).sum().backward()
        torch.testing.assert_close(second.grad, first.grad)
    torch.testing.assert_close(found.weight.grad, expected.weight.grad)
    torch.testing.assert_close(found.state_dict(), expected.state_dict())
    torch.testing.assert_close(found.eval()(inputs), expected.eval()(inputs))
