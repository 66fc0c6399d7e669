"""Transformer layers against TinyBERT's formulas written out by hand in float64."""

import pytest
import torch

from kdstudio.methods.base import Objective, Setting
from kdstudio.methods.transformer_layers import TransformerLayers
from kdstudio.models.values import Outputs
from tests.methods.two_blocks import LENGTHS, exchange, lengthened, outputs, products
from tests.methods.two_layers import PAIR


def build(method: TransformerLayers, student: Outputs, teacher: Outputs) -> Objective:
    shapes = [{name: tuple(one.shape[1:]) for name, one in given.features.items()} for given in (student, teacher)]
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return method.build(Setting(classes=2, inputs=10, student=shapes[0], teacher=shapes[1])).double()


def pair() -> tuple[Outputs, Outputs]:
    return outputs("ours", 2, 4, seed=1), outputs("theirs", 2, 6, seed=11)


def states_by_hand(objective: Objective, student: Outputs, teacher: Outputs) -> list[float]:
    """Return the mean squared error of the embedded tokens and of the states, each through its linear map."""
    weights = list(objective.parameters())
    found = []
    for number, (own, other) in enumerate((("embedded", "embedded"), *PAIR)):
        weight, bias = weights[2 * number], weights[2 * number + 1]
        gaps = []
        for n, length in enumerate(LENGTHS):
            for place in range(length):
                mapped = weight @ student.features[own][n, place] + bias
                gaps += ((mapped - teacher.features[other][n, place]) ** 2).tolist()
        found.append(sum(gaps) / len(gaps))
    return found


def attention_by_hand(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    gaps = []
    for n, length in enumerate(LENGTHS):
        for head in range(ours.shape[2]):
            s, t = (products(one[n, 0, head, :length], one[n, 1, head, :length]) for one in (ours, theirs))
            gaps += [(a - b) ** 2 for p, q in zip(s, t, strict=True) for a, b in zip(p, q, strict=True)]
    return sum(gaps) / len(gaps)


def test_that_the_three_terms_are_those_of_the_paper() -> None:
    student, teacher = pair()
    objective = build(TransformerLayers(pairs=PAIR), student, teacher)
    found = {name: float(value.detach()) for name, value in objective(exchange(student, teacher)).items()}
    embedding, hidden = states_by_hand(objective, student, teacher)
    parts = student.features["ours:attention"], teacher.features["theirs:attention"]
    by_hand = {"embedding": embedding, "hidden": hidden, "attention": attention_by_hand(*parts)}
    assert found == pytest.approx(by_hand, rel=1e-10)


def test_that_blocks_are_summed_and_each_term_has_its_weight() -> None:
    student, teacher = pair()
    plain = build(TransformerLayers(pairs=PAIR), student, teacher)(exchange(student, teacher))
    twice = TransformerLayers(pairs=PAIR * 2, embedding=0.5, hidden=0.0, attention=3.0)
    found = build(twice, student, teacher)(exchange(student, teacher))
    assert float(found["attention"]) == pytest.approx(2 * 3 * float(plain["attention"]), rel=1e-10)
    assert float(found["embedding"].detach()) == pytest.approx(0.5 * float(plain["embedding"].detach()), rel=1e-10)
    assert float(found["hidden"].detach()) == 0.0


def test_that_the_gradient_of_the_attention_is_that_of_the_formula_and_the_maps_are_trained() -> None:
    student, teacher = pair()
    parts, theirs = student.features["ours:attention"], teacher.features["theirs:attention"]
    parts.requires_grad_(True)
    objective = build(TransformerLayers(pairs=PAIR), student, teacher)
    torch.stack(list(objective(exchange(student, teacher)).values())).sum().backward()
    assert parts.grad is not None
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in objective.parameters())
    ours, step = parts.detach(), 1e-6
    for place in [(0, 0, 0, 1, 0), (1, 1, 1, 0, 1), (2, 1, 0, 2, 1), (1, 0, 0, 3, 0)]:
        ends = []
        for sign in (1, -1):
            moved = ours.clone()
            moved[place] += sign * step
            ends.append(attention_by_hand(moved, theirs))
        assert float(parts.grad[place]) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-9)


def test_that_padding_changes_nothing_whatever_stands_in_it() -> None:
    student, teacher = pair()
    objective = build(TransformerLayers(pairs=PAIR), student, teacher)
    more = lengthened(student, 3, seed=5), lengthened(teacher, 3, seed=6)
    found, plain = (
        {name: float(value.detach()) for name, value in objective(exchange(*both)).items()}
        for both in (more, (student, teacher))
    )
    assert found == pytest.approx(plain, rel=1e-10)


def test_that_other_numbers_of_heads_are_told() -> None:
    shapes = {"ours:attention": (3, 2, 9, 4)}, {"theirs:attention": (3, 4, 9, 4)}
    assert TransformerLayers().misfit(*shapes, "ours", "theirs") == "the student has 2 heads and the teacher 4"
