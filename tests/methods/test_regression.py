"""Losses of numbers and of several labels, against formulas written out by hand in float64."""

import math

import pytest
import torch

from kdstudio.methods.base import Exchange
from kdstudio.methods.hard_labels import HardLabels
from kdstudio.methods.losses import binary_cross_entropy, squared_error
from kdstudio.methods.regression import Regression
from kdstudio.models.values import Batch, Outputs

N, K = 6, 3
NOTHING = float("nan")


def drawn(seed: int) -> torch.Tensor:
    return torch.randn(N, K, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


@pytest.fixture
def numbers() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Student, teacher, truth (the second input has none) and the deviation of each number."""
    truth = drawn(3)
    truth[1] = NOTHING
    return drawn(1), drawn(2), truth, torch.tensor([0.5, 2.0, 100.0], dtype=torch.float64)


def exchange(student: torch.Tensor, teacher: torch.Tensor, truth: torch.Tensor, scale: torch.Tensor) -> Exchange:
    batch = Batch(None, truth, torch.arange(len(truth)), scale=scale)
    return Exchange(batch, Outputs(student), Outputs(teacher))


def half_squares(values: torch.Tensor, wanted: torch.Tensor, scale: torch.Tensor, row: int) -> float:
    return 0.5 * sum(((float(values[row, k]) - float(wanted[row, k])) / float(scale[k])) ** 2 for k in range(K))


def test_that_the_truth_and_the_teacher_pull_with_half_squares_in_deviations(numbers) -> None:
    student, teacher, truth, scale = numbers
    given = exchange(*numbers)
    known = [row for row in range(N) if row != 1]
    by_hand = sum(half_squares(student, truth, scale, row) for row in known) / len(known)
    assert float(HardLabels().terms(given)["squared_error"]) == pytest.approx(by_hand, rel=1e-12)
    followed = sum(half_squares(student, teacher, scale, row) for row in range(N)) / N
    assert float(Regression().terms(given)["squared_error"]) == pytest.approx(followed, rel=1e-12)


def test_that_the_gradient_is_the_error_over_the_squared_deviation(numbers) -> None:
    student, teacher, _, scale = numbers
    student.requires_grad_(True)
    squared_error(student, teacher, scale).backward()
    torch.testing.assert_close(student.grad, (student.detach() - teacher) / scale**2 / N, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("margin", [0.0, 0.7])
def test_that_a_bounded_term_rests_where_the_student_is_ahead(numbers, margin) -> None:
    student, teacher, truth, scale = numbers
    known, total = [row for row in range(N) if row != 1], 0.0
    for row in known:
        own, bound = half_squares(student, truth, scale, row), half_squares(teacher, truth, scale, row)
        total += own if own + margin > bound else 0.0
    bounded = Regression(form="bounded", margin=margin).terms(exchange(*numbers))["bounded_error"]
    assert float(bounded) == pytest.approx(total / len(known), rel=1e-12)
    ahead = exchange(torch.nan_to_num(truth).clone().requires_grad_(True), teacher, truth, scale)
    resting = Regression(form="bounded").terms(ahead)["bounded_error"]
    resting.backward()
    assert float(resting.detach()) == 0
    assert not ahead.student.logits.grad.any()


def test_that_labels_are_questions_of_their_own(numbers) -> None:
    logits = numbers[0]
    truth = (drawn(4) > 0).double()
    truth[1] = NOTHING
    total = 0.0
    for row in range(N):
        if row == 1:
            continue
        for k in range(K):
            chance = 1 / (1 + math.exp(-float(logits[row, k])))
            total -= math.log(chance if truth[row, k] else 1 - chance)
    found = HardLabels().terms(Exchange(Batch(None, truth, torch.arange(N)), Outputs(logits)))
    assert float(found["binary_cross_entropy"]) == pytest.approx(total / (N - 1), rel=1e-12)


def test_that_inputs_without_any_target_send_no_gradient(numbers) -> None:
    student = numbers[0].requires_grad_(True)
    nothing = torch.full_like(numbers[2], NOTHING)
    (squared_error(student, nothing, numbers[3]) + binary_cross_entropy(student, nothing)).backward()
    assert not student.grad.any()


def test_that_bfloat16_and_one_input_with_one_number_stay_finite() -> None:
    student = (torch.ones(1, 1) * 3e4).bfloat16().requires_grad_(True)
    loss = squared_error(student, torch.zeros(1, 1), torch.ones(1)) + binary_cross_entropy(student, torch.zeros(1, 1))
    loss.backward()
    assert loss.isfinite()
    assert student.grad.isfinite().all()
