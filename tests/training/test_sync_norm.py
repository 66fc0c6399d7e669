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


def test_that_statistics_of_inputs_in_half_precision_are_in_single_precision() -> None:
    torch.manual_seed(0)
    expected, found = (nn.BatchNorm2d(3) for _ in range(2))
    synchronise(found, ALONE)
    inputs = (torch.randn(6, 3, 4, 4) * 3 + 1).bfloat16()
    answer = found(inputs)
    torch.testing.assert_close(answer, expected(inputs), rtol=0.02, atol=0.02)
    assert answer.dtype is torch.bfloat16
    torch.testing.assert_close(found.running_mean, expected.running_mean)
    torch.testing.assert_close(found.running_var, expected.running_var, rtol=1e-2, atol=1e-2)
