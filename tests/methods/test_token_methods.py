"""Divergences at each position of a sequence, against formulas written out by hand in float64."""

import math

import pytest
import torch

from kdstudio.methods.base import Exchange, Method
from kdstudio.methods.losses import IGNORE, generalized_jsd
from kdstudio.methods.soft_targets import SoftTargets
from kdstudio.methods.token_kl import TokenKl
from kdstudio.methods.top_k_kl import TopKKl
from kdstudio.models.values import Batch, Outputs

N, L, V = 2, 4, 6


def random(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


def exchange(student, teacher, targets=None, mask=None) -> Exchange:
    targets = torch.zeros(student.shape[:-1], dtype=torch.int64) if targets is None else targets
    batch = Batch(None, targets, torch.arange(len(student)), mask)
    return Exchange(batch, Outputs(student), Outputs(teacher))


def loss(method: Method, *given, **how) -> torch.Tensor:
    (term,) = method.terms(exchange(*given, **how)).values()
    return term


def shares(row: torch.Tensor, temperature: float) -> list[float]:
    powers = [math.exp(value / temperature) for value in row.tolist()]
    return [power / sum(powers) for power in powers]


def kl(p: list[float], q: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def kept(p: list[float], likeliest: list[int]) -> list[float]:
    return [p[c] for c in likeliest] + [1 - sum(p[c] for c in likeliest)]


@pytest.mark.parametrize(("direction", "temperature"), [("forward", 1.0), ("forward", 3.0), ("reverse", 2.0)])
def test_that_token_kl_is_a_mean_over_the_positions_that_count(direction: str, temperature: float) -> None:
    student, teacher = random(N, L, V, seed=1), random(N, L, V, seed=2)
    mask = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]], dtype=torch.bool)
    targets = torch.tensor([[IGNORE, 3, 1, 2], [IGNORE, 2, 2, 5]])
    each = []
    for n, place in [(0, 1), (0, 2), (1, 1)]:
        s, t = shares(student[n, place], temperature), shares(teacher[n, place], temperature)
        each.append(kl(t, s) if direction == "forward" else kl(s, t))
    method = TokenKl(direction=direction, temperature=temperature)
    found = loss(method, student, teacher, targets=targets, mask=mask)
    assert float(found) == pytest.approx(temperature**2 * sum(each) / 3, rel=1e-12)


def test_that_jsd_takes_the_share() -> None:
    student, teacher = random(N, V, seed=1), random(N, V, seed=2)
    found = loss(TokenKl(direction="jsd", beta=0.3), student, teacher)
    assert float(found) == pytest.approx(float(generalized_jsd(student, teacher, 0.3, 1.0)), rel=1e-12)


@pytest.mark.parametrize("shape", [(5, 7), (1, 4), (3, 2)])
def test_that_for_a_classifier_forward_is_soft_targets_also_without_labels(shape: tuple[int, int]) -> None:
    student, teacher = random(*shape, seed=1), random(*shape, seed=2)
    unlabelled = torch.full(shape[:1], IGNORE)
    found = loss(TokenKl(temperature=4.0), student, teacher, targets=unlabelled)
    assert float(found) == pytest.approx(float(loss(SoftTargets(), student, teacher)), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 4, 5, 6, 100])
def test_that_top_k_is_kl_over_the_kept_classes_and_one_tail(k: int) -> None:
    student, teacher, temperature = random(N, L, V, seed=1), random(N, L, V, seed=2), 1.5
    each = []
    for s, t in zip(student.flatten(0, 1), teacher.flatten(0, 1), strict=True):
        p, q = shares(t, temperature), shares(s, temperature)
        likeliest = sorted(range(V), key=lambda c: -p[c])[:k]
        each.append(kl(kept(p, likeliest), kept(q, likeliest)) if k < V else kl(p, q))
    found = loss(TopKKl(k=k, temperature=temperature), student, teacher)
    assert float(found) == pytest.approx(temperature**2 * sum(each) / len(each), rel=1e-10)
    assert float(found) <= float(loss(TokenKl(temperature=temperature), student, teacher)) + 1e-12


def test_that_the_gradient_of_top_k_is_the_difference_of_the_kept_shares_and_within_the_tail_in_proportion() -> None:
    student, teacher = random(1, V, seed=1).requires_grad_(True), random(1, V, seed=2)
    loss(TopKKl(k=2), student, teacher).backward()
    p, q = shares(teacher[0], 1.0), shares(student[0].detach(), 1.0)
    likeliest = sorted(range(V), key=lambda c: -p[c])[:2]
    rest = [1 - sum(x[c] for c in likeliest) for x in (p, q)]
    by_hand = [q[c] - (p[c] if c in likeliest else rest[0] * q[c] / rest[1]) for c in range(V)]
    assert student.grad is not None
    assert student.grad[0].tolist() == pytest.approx(by_hand, rel=1e-10, abs=1e-14)


METHODS = [TokenKl(), TokenKl(direction="reverse"), TokenKl(direction="jsd"), TopKKl(k=2), TopKKl(k=1)]


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_that_what_is_ignored_may_be_anything_even_no_number(method: Method) -> None:
    student, teacher = random(N, L, V, seed=1), random(N, L, V, seed=2)
    targets = torch.tensor([[1, 2, IGNORE, IGNORE], [3, IGNORE, IGNORE, IGNORE]])
    told = torch.where((targets == IGNORE)[..., None], math.nan, student).requires_grad_(True)
    found = loss(method, told, teacher, targets=targets)
    rows = student[targets != IGNORE], teacher[targets != IGNORE]
    assert float(found.detach()) == pytest.approx(float(loss(method, *rows)), rel=1e-12)
    found.backward()
    assert told.grad is not None
    assert told.grad.isfinite().all()
    assert told.grad[targets == IGNORE].abs().sum() == 0


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_that_nothing_that_counts_is_zero_and_not_nan(method: Method) -> None:
    student = random(N, L, V, seed=1).requires_grad_(True)
    found = loss(method, student, random(N, L, V, seed=2), targets=torch.full((N, L), IGNORE))
    found.backward()
    assert float(found.detach()) == 0.0
    assert student.grad is not None
    assert student.grad.abs().sum() == 0


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_that_tokens_that_both_rule_out_add_nothing(method: Method, dtype: torch.dtype) -> None:
    student, teacher = random(3, 5, seed=1), random(3, 5, seed=2)
    never = torch.full((3, 2), -math.inf, dtype=torch.float64)
    wide = [torch.cat([one, never], dim=1).to(dtype) for one in (student, teacher)]
    wide[0].requires_grad_(True)
    found = loss(method, *wide)
    found.backward()
    plain = loss(method, student.to(dtype), teacher.to(dtype))
    assert float(found.detach()) == pytest.approx(float(plain), rel=1e-5)
    assert wide[0].grad is not None
    assert wide[0].grad.isfinite().all()
