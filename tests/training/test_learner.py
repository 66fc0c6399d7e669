"""Schedules and the bookkeeping of one learner."""

import math
from itertools import pairwise

import pytest
import torch

from kdstudio.methods.catalogue import METHODS
from kdstudio.recipe.optimizing import ScheduleChoice
from kdstudio.training.learner import label_terms
from kdstudio.training.meter import Meter
from kdstudio.training.optimizing import learning_rate


def rates(choice: ScheduleChoice, epochs: int = 10, steps: int = 10) -> list[float]:
    return [learning_rate(choice, 1.0, step, steps, epochs * steps) for step in range(epochs * steps)]


def test_that_warm_up_climbs_evenly_to_the_peak() -> None:
    assert rates(ScheduleChoice(name="constant", warmup_epochs=1))[:11] == pytest.approx(
        [*(i / 10 for i in range(1, 11)), 1.0]
    )


def test_that_cosine_falls_from_the_peak_to_almost_zero() -> None:
    values = rates(ScheduleChoice(name="cosine", warmup_epochs=0))
    assert values[0] == 1.0
    assert values[50] == pytest.approx(0.5)
    assert values[-1] == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.99)))
    assert all(a > b for a, b in pairwise(values))


def test_that_step_divides_at_each_mark() -> None:
    values = rates(ScheduleChoice(name="step", warmup_epochs=0, milestones=(0.5, 0.8), factor=10))
    assert values[49] == 1.0
    assert values[50] == pytest.approx(0.1)
    assert values[80] == pytest.approx(0.01)


def test_that_a_run_of_one_step_has_a_learning_rate() -> None:
    assert rates(ScheduleChoice(), epochs=1, steps=1) == [1.0]


def test_that_a_method_used_twice_is_told_apart() -> None:
    soft = METHODS["soft_targets"]
    labels = [label for label, _ in label_terms([soft(), soft(temperature=2)], ["soft_targets", "soft_targets"])]
    assert labels == ["soft_targets", "soft_targets#2"]


def test_that_a_meter_gives_means_and_starts_anew() -> None:
    meter = Meter()
    for value in (1.0, 2.0, 6.0):
        meter.add({"total": torch.tensor(value)})
    assert meter.means() == {"total": 3.0}
    assert meter.means() == {}
