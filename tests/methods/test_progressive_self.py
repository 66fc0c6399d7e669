"""Progressive self-distillation against the formula of its paper, and what it remembers."""

import math

import pytest
import torch

from kdstudio.methods.base import Setting
from kdstudio.methods.losses import IGNORE
from kdstudio.methods.progressive_self import ProgressiveSelf
from tests.methods.relations_by_hand import answers

TARGETS = torch.tensor([2, 0, IGNORE, 1])


def logits(seed: int, classes: int = 4) -> torch.Tensor:
    return torch.randn(len(TARGETS), classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softened(row: torch.Tensor) -> list[float]:
    powers = [math.exp(float(value)) for value in row]
    return [power / sum(powers) for power in powers]


def test_that_the_first_epoch_learns_from_the_labels_alone() -> None:
    given = logits(0)
    objective = ProgressiveSelf().build(Setting(classes=4, inputs=4)).double()
    expected = -sum(math.log(softened(given[row])[int(TARGETS[row])]) for row in (0, 1, 3)) / 3
    assert float(objective(answers(given, TARGETS, progress=0.3))["kl"]) == pytest.approx(expected, rel=1e-11)


def test_that_the_second_epoch_mixes_in_the_answers_of_the_first() -> None:
    first, second, trust = logits(0), logits(1), 0.8 * 0.5
    objective = ProgressiveSelf().build(Setting(classes=4, inputs=4)).double()
    objective(answers(first, TARGETS, progress=0.2))
    by_hand = 0.0
    for row in (0, 1, 3):
        before, now, label = softened(first[row]), softened(second[row]), int(TARGETS[row])
        wanted = [(1 - trust) * (c == label) + trust * before[c] for c in range(4)]
        by_hand += sum(p * math.log(p / q) for p, q in zip(wanted, now, strict=True))
    assert float(objective(answers(second, TARGETS, progress=0.5))["kl"]) == pytest.approx(by_hand / 3, rel=1e-11)


def test_that_rows_anywhere_in_the_data_set_are_remembered_each_for_itself() -> None:
    rows = torch.tensor([40, 7, 1_000_000, 12])
    objective = ProgressiveSelf().build(Setting(classes=4, inputs=4, rows=rows))
    memory = objective.answers
    memory.write(torch.tensor([12, 40]), torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
    assert memory.read(torch.tensor([7, 12, 40, 1_000_000])).argmax(1).tolist() == [0, 0, 1, 0]
    assert memory.read(rows).sum(1).tolist() == [1, 0, 0, 1]


def test_that_one_input_and_two_classes_are_enough() -> None:
    objective = ProgressiveSelf().build(Setting(classes=2, inputs=1)).double()
    for _ in range(2):
        given = logits(3, 2)[:1].requires_grad_()
        objective(answers(given, torch.tensor([1]), progress=0.9))["kl"].backward()
        assert given.grad.abs().sum() > 0


def test_that_the_checkpoint_has_the_answers_and_not_the_rows() -> None:
    setting = Setting(classes=3, inputs=10)
    kept = ProgressiveSelf().build(setting).state_dict()
    assert {name: tuple(value.shape) for name, value in kept.items()} == {"answers.bank": (10, 3)}
    assert ProgressiveSelf().memory(setting) == kept["answers.bank"].nbytes


def test_that_an_answer_to_a_blend_or_to_noise_is_not_remembered_as_the_inputs_own() -> None:
    objective = ProgressiveSelf().build(Setting(classes=4, inputs=4)).double()
    objective(answers(logits(0), torch.tensor([2, 0, 3, 1]), progress=0.2))
    before = objective.answers.bank.clone()
    objective(answers(logits(1), TARGETS, progress=0.4))
    assert torch.equal(objective.answers.bank[2], before[2])
    assert (objective.answers.bank[[0, 1, 3]] != before[[0, 1, 3]]).any(1).all()
