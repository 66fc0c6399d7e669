"""Contrastive distillation against the formula of its paper, written out by hand, and its banks."""

import math

import pytest
import torch

from kdstudio.methods.base import Exchange, Objective, Setting
from kdstudio.methods.contrastive import WIDTH, Contrastive
from kdstudio.models.values import Batch, Outputs
from tests.methods.relations_by_hand import inner, maps, means

ROWS = torch.tensor([9, 2, 40, 5, 77, 3, 11])
INDEX = torch.tensor([40, 3, 9, 11, 2])
TARGETS = torch.tensor([1, 0, 1, -100, 2])
PAIRS = (("ours", "theirs"),)


def built(**knobs: float) -> Objective:
    setting = Setting(classes=3, inputs=7, student={"ours": (3, 2, 2)}, teacher={"theirs": (4, 2, 2)}, rows=ROWS)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Contrastive(pairs=PAIRS, **knobs).build(setting).double()


def exchange(count: int = 5, *, scale: float = 1.0) -> Exchange:
    student, teacher = maps(count)[0]
    batch = Batch(None, TARGETS[:count], INDEX[:count])
    teacher = Outputs(torch.zeros(count, 3), {"theirs": teacher})
    return Exchange(batch, Outputs(torch.zeros(count, 3), {"ours": scale * student}), teacher, (teacher,))


def view(linear: torch.nn.Linear, feature: torch.Tensor) -> list[list[float]]:
    weight, bias = linear.weight.tolist(), linear.bias.tolist()
    vectors = [[inner(row, mean) + b for row, b in zip(weight, bias, strict=True)] for mean in means(feature)]
    return [[x / math.sqrt(inner(vector, vector)) for x in vector] for vector in vectors]


def contrast(views, positives, bank, known: list[int | None], constant: float) -> float:
    """Return −log h(positive) − K · mean of log(1 − h(negative)), where `known` are the classes of the bank's rows."""
    total = 0.0
    for row, (one, positive) in enumerate(zip(views, positives, strict=True)):
        present = math.exp(inner(one, positive) / 0.07)
        is_other = [known[k] is not None and (known[k] != TARGETS[row] or TARGETS[row] < 0) for k in range(len(bank))]
        powers = [math.exp(inner(one, bank[k]) / 0.07) for k in range(len(bank)) if is_other[k]]
        absent = sum(math.log(len(bank) * constant / (power + len(bank) * constant)) for power in powers)
        total -= math.log(present / (present + len(bank) * constant)) + len(bank) * absent / max(1, len(powers))
    return total / len(views)


@pytest.mark.parametrize("count", [1, 5])
def test_that_each_step_is_the_papers_formula_in_both_directions(count: int) -> None:
    objective, given = built(), exchange(count)
    losses = [float(objective(given)["contrast"].detach()) for _ in range(2)]
    views = objective.views[0]
    ours = view(views.student, given.student.features["ours"])
    theirs = view(views.teacher, given.teacher.features["theirs"])
    constant = sum(math.exp(inner(a, b) / 0.07) for a in ours for b in theirs) / count**2
    seen = dict(zip(INDEX[:count].tolist(), range(count), strict=True))
    places = [seen.get(row) for row in ROWS.sort().values.tolist()]
    known = [None if place is None else int(TARGETS[place]) for place in places]
    students, teachers = ([[0.0] * WIDTH if p is None else bank[p] for p in places] for bank in (ours, theirs))
    expected = contrast(ours, theirs, teachers, known, constant) + contrast(theirs, ours, students, known, constant)
    assert losses == pytest.approx([expected] * 2, rel=1e-9)


def test_that_what_is_remembered_moves_towards_what_is_seen_at_the_inputs_row() -> None:
    objective, given = built(momentum=0.25), exchange()
    views = objective.views[0]
    first = view(views.student, given.student.features["ours"])
    objective(given)
    second = exchange(scale=-3.0)
    seen = view(views.student, second.student.features["ours"])
    objective(second)
    rows = ROWS.sort().values.tolist()
    for row, old, new in zip(INDEX.tolist(), first, seen, strict=True):
        mixed = [0.25 * a + 0.75 * b for a, b in zip(old, new, strict=True)]
        length = math.sqrt(inner(mixed, mixed))
        assert views.students.bank[rows.index(row)].tolist() == pytest.approx([x / length for x in mixed], rel=1e-9)
    assert not views.students.bank[rows.index(77)].any()  # was not seen


def test_that_the_constant_is_that_of_the_first_step() -> None:
    objective = built()
    objective(exchange())
    first = objective.views[0].log_mean.clone()
    objective(exchange(scale=-2.0))
    assert torch.equal(objective.views[0].log_mean, first)
    assert first != 0


def test_that_fewer_negatives_are_drawn_from_torchs_generator() -> None:
    losses = []
    for seed in (1, 1, 2):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            losses.append(float(built(negatives=3)(exchange())["contrast"].detach()))
    assert losses[0] == losses[1] != losses[2]


def test_that_the_size_of_the_banks_is_told() -> None:
    setting = Setting(classes=1000, inputs=17_000_000)
    assert Contrastive().memory(setting) == 2 * 17_000_000 * WIDTH * 4  # 17.4 GB
