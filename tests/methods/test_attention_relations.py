"""Attention relations against MiniLM's formulas written out by hand in float64."""

import math

import pytest
import torch

from kdstudio.methods.attention_relations import AttentionRelations
from kdstudio.models.values import Outputs
from tests.methods.two_blocks import LENGTHS, exchange, lengthened, outputs, products, share
from tests.methods.two_layers import PAIR

QUERIES, KEYS, VALUES = 0, 1, 2


def by_hand(ours: torch.Tensor, theirs: torch.Tensor, left: int, right: int) -> float:
    """Return the mean over heads and tokens of KL between (N, 3, heads, L, d) of both, over tokens alone."""
    each = []
    for n, length in enumerate(LENGTHS):
        for head in range(ours.shape[2]):
            s, t = (products(one[n, left, head, :length], one[n, right, head, :length]) for one in (ours, theirs))
            for row_s, row_t in zip(s, t, strict=True):
                p, q = share(row_t), share(row_s)
                each.append(sum(a * math.log(a / b) for a, b in zip(p, q, strict=True)))
    return sum(each) / len(each)


def cut(parts: torch.Tensor, heads: int) -> torch.Tensor:
    """Return the same numbers with other heads, a slice of the whole width each."""
    whole = torch.cat([parts[:, :, head] for head in range(parts.shape[2])], dim=3)
    return torch.stack(list(whole.chunk(heads, dim=3)), dim=2)


def terms(method: AttentionRelations, student: Outputs, teacher: Outputs) -> dict[str, float]:
    return {name: float(value) for name, value in method.terms(exchange(student, teacher)).items()}


def test_that_attention_and_values_are_those_of_the_paper() -> None:
    student, teacher = outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)
    ours, theirs = student.features["ours:attention"], teacher.features["theirs:attention"]
    found = terms(AttentionRelations(pairs=PAIR), student, teacher)
    assert found["attention"] == pytest.approx(by_hand(ours, theirs, QUERIES, KEYS), rel=1e-10)
    assert found["values"] == pytest.approx(by_hand(ours, theirs, VALUES, VALUES), rel=1e-10)
    assert len(found) == 2


@pytest.mark.parametrize(("heads", "count"), [(0, 2), (4, 4), (1, 1)])
def test_that_relation_heads_cut_both_widths_where_their_heads_differ(heads: int, count: int) -> None:
    student, teacher = outputs("ours", 1, 4, seed=1), outputs("theirs", 2, 8, seed=11)
    ours, theirs = (
        cut(one, count) for one in (student.features["ours:attention"], teacher.features["theirs:attention"])
    )
    found = terms(AttentionRelations(pairs=PAIR, heads=heads, relations="each"), student, teacher)
    expected = {name: by_hand(ours, theirs, part, part) for part, name in enumerate(("queries", "keys", "values"))}
    assert found == pytest.approx(expected, rel=1e-10)


def test_that_the_gradient_is_that_of_the_formula() -> None:
    student, teacher = outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)
    parts, theirs = student.features["ours:attention"], teacher.features["theirs:attention"]
    parts.requires_grad_(True)
    sum(AttentionRelations(pairs=PAIR).terms(exchange(student, teacher)).values()).backward()
    assert parts.grad is not None
    ours, step = parts.detach(), 1e-6
    for place in [(0, QUERIES, 0, 1, 0), (1, KEYS, 1, 0, 1), (2, VALUES, 0, 2, 1), (1, VALUES, 0, 3, 0)]:
        ends = []
        for sign in (1, -1):
            moved = ours.clone()
            moved[place] += sign * step
            ends.append(by_hand(moved, theirs, QUERIES, KEYS) + by_hand(moved, theirs, VALUES, VALUES))
        assert float(parts.grad[place]) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("relations", ["attention_values", "each"])
def test_that_padding_changes_nothing_whatever_stands_in_it(relations) -> None:
    student, teacher = outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)
    method = AttentionRelations(pairs=PAIR, relations=relations)
    more = lengthened(student, 3, seed=5), lengthened(teacher, 3, seed=6)
    assert terms(method, *more) == pytest.approx(terms(method, student, teacher), rel=1e-10)


def test_that_a_text_that_one_network_cuts_is_compared_up_to_there() -> None:
    student, teacher = outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)
    method = AttentionRelations(pairs=PAIR)
    longer = lengthened(teacher, 2, seed=6)
    longer.tokens[0] = torch.tensor([5, 6, 7, 8, 9, 9])  # the student had places for 4
    assert terms(method, student, longer) == pytest.approx(terms(method, student, teacher), rel=1e-10)


def test_that_patches_of_pictures_all_count() -> None:
    student, teacher = outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)
    patches = [Outputs(one.logits, one.features) for one in (student, teacher)]
    found = terms(AttentionRelations(pairs=PAIR), *patches)
    assert found["values"] != pytest.approx(terms(AttentionRelations(pairs=PAIR), student, teacher)["values"], rel=1e-3)


def test_that_heads_that_do_not_divide_the_widths_are_told() -> None:
    shapes = {"ours:attention": (3, 2, 9, 4)}, {"theirs:attention": (3, 4, 9, 4)}
    assert AttentionRelations(heads=3).misfit(*shapes, "ours", "theirs") == (
        "3 relation heads do not divide the widths 8 and 16"
    )
    assert AttentionRelations(heads=8).misfit(*shapes, "ours", "theirs") == ""
    assert AttentionRelations().misfit(*shapes, "ours", "others") == "others does not show what it attends with"
