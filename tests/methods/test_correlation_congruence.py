"""Correlation congruence against the formula of its paper, written out by hand."""

import math

import pytest

from kdstudio.methods.correlation_congruence import CorrelationCongruence
from tests.methods.relations_by_hand import cosine, maps, means


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_that_the_loss_is_the_mean_squared_difference_of_the_kernels(count: int, order: int) -> None:
    gamma = 0.7

    def kernel(a: list[float], b: list[float]) -> float:
        powers = ((2 * gamma) ** p / math.factorial(p) * cosine(a, b) ** p for p in range(order + 1))
        return math.exp(-2 * gamma) * sum(powers)

    student, teacher = maps(count)[0]
    ours, theirs = means(student), means(teacher)
    errors = [
        (kernel(ours[i], ours[j]) - kernel(theirs[i], theirs[j])) ** 2 for i in range(count) for j in range(count)
    ]
    loss = CorrelationCongruence(gamma=gamma, order=order).compare([(student, teacher)])["correlation"]
    assert float(loss) == pytest.approx(sum(errors) / count**2, rel=1e-9, abs=1e-15)


def test_that_many_powers_are_the_gaussian_kernel_of_directions() -> None:
    """For unit vectors exp(−γ‖a − b‖²) = e^(−2γ) · e^(2γ cos)."""
    student = maps()[0][0]
    method = CorrelationCongruence(gamma=0.4, order=10)
    vectors = means(student)
    expected = [[math.exp(-0.4 * (2 - 2 * cosine(a, b))) for b in vectors] for a in vectors]
    assert [row.tolist() for row in method._kernel(student)] == [pytest.approx(row, rel=1e-6) for row in expected]
