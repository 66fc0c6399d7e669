"""Losses against formulas written out by hand in float64, and the one reduction."""

import math

import pytest
import torch

from kdstudio.methods.losses import IGNORE, cross_entropy, soft_target_kl, standardized

N, C = 7, 5


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    student = torch.randn(N, C, generator=generator, dtype=torch.float64) * 3
    teacher = torch.randn(N, C, generator=generator, dtype=torch.float64) * 3
    return student, teacher


def softened(row: torch.Tensor, temperature: float) -> list[float]:
    powers = [math.exp(float(value) / temperature) for value in row]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_that_the_soft_target_term_equals_t_squared_times_kl_written_out(logits, temperature: float) -> None:
    student, teacher = logits
    by_hand = 0.0
    for s, t in zip(student, teacher, strict=True):
        q, p = softened(s, temperature), softened(t, temperature)
        by_hand += sum(p[c] * (math.log(p[c]) - math.log(q[c])) for c in range(C))
    by_hand *= temperature**2 / N
    assert float(soft_target_kl(student, teacher, temperature)) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_that_the_gradient_of_the_soft_target_term_is_t_times_q_minus_p(logits, temperature: float) -> None:
    student, teacher = logits
    student.requires_grad_(True)
    soft_target_kl(student, teacher, temperature).backward()
    for row in range(N):
        q, p = softened(student[row].detach(), temperature), softened(teacher[row], temperature)
        by_hand = [temperature * (q[c] - p[c]) / N for c in range(C)]  # T² · (1/T)(q − p) / N
        assert student.grad[row].tolist() == pytest.approx(by_hand, rel=1e-10, abs=1e-15)


def test_that_at_a_high_temperature_the_term_is_the_squared_distance_of_centred_logits(logits) -> None:
    """Hinton, Vinyals, Dean 2015, section 2.1: T² KL → Σ Δ² / (2C) for centred logits."""
    student, teacher = (x - x.mean(dim=1, keepdim=True) for x in logits)
    limit = float(((student - teacher) ** 2).sum(dim=1).mean() / (2 * C))
    assert float(soft_target_kl(student, teacher, 1e4)) == pytest.approx(limit, rel=1e-3)


def test_that_cross_entropy_is_a_mean_over_the_labelled_inputs_alone(logits) -> None:
    student, _ = logits
    targets = torch.tensor([0, 1, IGNORE, 3, IGNORE, 2, 4])
    known = [row for row in range(N) if targets[row] != IGNORE]
    by_hand = -sum(math.log(softened(student[row], 1.0)[int(targets[row])]) for row in known) / len(known)
    assert float(cross_entropy(student, targets)) == pytest.approx(by_hand, rel=1e-12)


def test_that_cross_entropy_without_any_label_is_zero_and_not_nan(logits) -> None:
    assert float(cross_entropy(logits[0], torch.full((N,), IGNORE))) == 0.0


def test_that_positions_that_do_not_count_change_nothing(logits) -> None:
    student, teacher = (x.view(1, N, C).repeat(2, 1, 1) for x in logits)
    mask = torch.ones(2, N, dtype=torch.bool)
    mask[1, 3:] = False
    student = torch.where(mask[..., None], student, torch.full_like(student, 50.0))
    kept = torch.cat([student[0], student[1, :3]]), torch.cat([teacher[0], teacher[1, :3]])
    assert float(soft_target_kl(student, teacher, 2.0, mask)) == pytest.approx(
        float(soft_target_kl(*kept, 2.0)), rel=1e-12
    )


def test_that_standardized_logits_have_mean_zero_and_unbiased_deviation_one(logits) -> None:
    z = standardized(logits[0])
    assert z.mean(dim=1).abs().max() < 1e-12
    assert torch.allclose(z.std(dim=1), torch.ones(N, dtype=torch.float64), atol=1e-6)
