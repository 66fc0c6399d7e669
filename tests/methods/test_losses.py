"""Losses against formulas written out by hand in float64, and the one reduction."""

import math

import pytest
import torch

from kdstudio.methods.losses import (
    IGNORE,
    bernoulli_kl,
    correlation,
    cross_entropy,
    decoupled_kl,
    generalized_jsd,
    labels_spread,
    reverse_kl,
    skew_kl,
    soft_target_kl,
    squared_distance,
    standardized,
    target_kl,
)

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


def by_hand(student: torch.Tensor, teacher: torch.Tensor, temperature: float, one) -> float:
    """Return T² times the mean over inputs of `one`(student's, teacher's probabilities)."""
    rows = [one(softened(s, temperature), softened(t, temperature)) for s, t in zip(student, teacher, strict=True)]
    return temperature**2 * sum(rows) / len(rows)


def kl(p: list[float], q: list[float]) -> float:
    return sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True) if a > 0)


def mix(p: list[float], q: list[float], share: float) -> list[float]:
    return [share * a + (1 - share) * b for a, b in zip(p, q, strict=True)]


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_that_reverse_kl_is_taken_from_the_students_side(logits, temperature: float) -> None:
    expected = by_hand(*logits, temperature, kl)
    assert float(reverse_kl(*logits, temperature)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_that_the_generalized_jsd_is_equation_2_of_gkd_over_its_share(logits, beta: float) -> None:
    def one(s: list[float], t: list[float]) -> float:
        m = mix(t, s, beta)
        return (beta * kl(t, m) + (1 - beta) * kl(s, m)) / (beta * (1 - beta))

    expected = by_hand(*logits, 2.0, one)
    assert float(generalized_jsd(*logits, beta, 2.0)) == pytest.approx(expected, rel=1e-11)


def test_that_the_generalized_jsd_reaches_both_kinds_of_kl_without_a_jump(logits) -> None:
    assert float(generalized_jsd(*logits, 0.0, 2.0)) == float(soft_target_kl(*logits, 2.0))
    assert float(generalized_jsd(*logits, 1.0, 2.0)) == float(reverse_kl(*logits, 2.0))
    near = float(generalized_jsd(*logits, 1e-7, 2.0)), float(generalized_jsd(*logits, 1 - 1e-7, 2.0))
    assert near[0] == pytest.approx(float(soft_target_kl(*logits, 2.0)), rel=1e-4)
    assert near[1] == pytest.approx(float(reverse_kl(*logits, 2.0)), rel=1e-4)


@pytest.mark.parametrize("alpha", [0.1, 0.7])
def test_that_skew_kl_is_equation_3_of_distillm(logits, alpha: float) -> None:
    expected = by_hand(*logits, 3.0, lambda s, t: kl(t, mix(t, s, alpha)))
    assert float(skew_kl(*logits, alpha, 3.0)) == pytest.approx(expected, rel=1e-11)


def test_that_the_decoupled_terms_add_up_to_soft_targets_with_the_teachers_doubt(logits) -> None:
    """Zhao et al. 2022, equation 5: KL = KL(b_t ‖ b_s) + (1 − p_t(target)) · KL(p̂_t ‖ p̂_s)."""
    student, teacher = logits
    targets = torch.tensor([0, 1, 2, 3, 4, 0, IGNORE])
    temperature, first, second = 4.0, 0.0, 0.0
    for row in range(N - 1):
        s, t, y = softened(student[row], temperature), softened(teacher[row], temperature), int(targets[row])
        binary = kl([t[y], 1 - t[y]], [s[y], 1 - s[y]])
        others = kl(*([p / (1 - x[y]) for c, p in enumerate(x) if c != y] for x in (t, s)))
        assert kl(t, s) == pytest.approx(binary + (1 - t[y]) * others, rel=1e-9)
        first, second = first + binary, second + others
    target, rest = decoupled_kl(student, teacher, targets, temperature)
    assert float(target) == pytest.approx(temperature**2 * first / (N - 1), rel=1e-11)
    assert float(rest) == pytest.approx(temperature**2 * second / (N - 1), rel=1e-11)


def test_that_each_class_is_a_question_of_its_own(logits) -> None:
    student, teacher = logits
    expected = 0.0
    for s, t in zip(student.flatten(), teacher.flatten(), strict=True):
        q, p = (1 / (1 + math.exp(-float(x) / 2)) for x in (s, t))
        expected += kl([p, 1 - p], [q, 1 - q])
    assert float(bernoulli_kl(student, teacher, 2.0)) == pytest.approx(4 * expected / N, rel=1e-10)


def test_that_a_given_target_is_matched_as_soft_targets_are(logits) -> None:
    student, teacher = logits
    given = torch.softmax(teacher / 3, dim=1)
    assert float(target_kl(student, given, 3.0)) == pytest.approx(float(soft_target_kl(student, teacher, 3.0)))


def test_that_spread_labels_are_probabilities(logits) -> None:
    wanted, has_label = labels_spread(torch.tensor([2, IGNORE]), C, 0.9)
    assert wanted[0].tolist() == pytest.approx([0.025, 0.025, 0.9, 0.025, 0.025])
    assert has_label.tolist() == [True, False]


def test_that_a_squared_distance_is_half_the_sum_over_classes(logits) -> None:
    student, teacher = logits
    expected = sum(float(a - b) ** 2 for a, b in zip(student.flatten(), teacher.flatten(), strict=True)) / (2 * N)
    assert float(squared_distance(student, teacher)) == pytest.approx(expected, rel=1e-12)


def test_that_a_correlation_is_pearsons_and_0_where_nothing_varies(logits) -> None:
    import numpy as np

    student, teacher = logits
    expected = [float(np.corrcoef(s, t)[0, 1]) for s, t in zip(student.numpy(), teacher.numpy(), strict=True)]
    assert correlation(student, teacher, 1).tolist() == pytest.approx(expected, rel=1e-9)
    assert correlation(torch.ones(1, 4), torch.rand(1, 4), 1).tolist() == [0.0]


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("count", [1, 3])
def test_that_logits_of_minus_infinity_and_single_inputs_give_numbers(count: int, classes: int) -> None:
    teacher = torch.randn(count, classes, generator=torch.Generator().manual_seed(0))
    teacher[0, 0] = -math.inf
    student = teacher.roll(1, 1).nan_to_num(neginf=-3.0).requires_grad_()
    targets = torch.ones(count, dtype=torch.int64)
    for loss in (
        soft_target_kl(student, teacher, 2.0),
        generalized_jsd(student, teacher, 0.5, 2.0),
        skew_kl(student, teacher, 0.1, 2.0),
        sum(decoupled_kl(student, teacher, targets, 2.0)),
    ):
        (gradient,) = torch.autograd.grad(loss, student)
        assert math.isfinite(float(loss.detach()))
        assert gradient.isfinite().all()
