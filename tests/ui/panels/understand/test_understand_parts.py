"""Parts of the Understand page that are plain values."""

import numpy as np
import pytest
from PySide6.QtCore import QSize

from kdstudio.analysis.bootstrap import Range
from kdstudio.core.events import Evaluated
from kdstudio.core.rows import Rows
from kdstudio.data.face import Face
from kdstudio.ui.panels.understand.passed_on import PassedOn, scale
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.sample_tile import Sample
from kdstudio.ui.panels.understand.transfer_numbers import TransferNumbers, fraction, sparklines
from kdstudio.ui.panels.understand.walk import Walk

SHARE = Range(0.59, 0.52, 0.66)


@pytest.mark.parametrize(
    ("excess", "words"),
    [
        (Range(0.05, -0.02, 0.12), "+5 points, 95% range −2 to +12: not clear from this run."),
        (Range(0.11, 0.03, 0.19), "+11 points, 95% range +3 to +19: yes."),
        (Range(-0.1, -0.2, -0.01), "−10 points, 95% range −20 to −1: fewer than without it."),
    ],
)
def test_that_an_interval_over_zero_is_not_clear(excess: Range, words: str):
    assert PassedOn(180, SHARE, SHARE, excess).words() == words


def test_that_without_a_baseline_nothing_is_claimed():
    assert "Train a baseline" in PassedOn(180, SHARE).words()


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.99, 1.0), (0.0, 0.0), (0.3, 0.31), (0.1, 0.9)])
def test_that_the_scale_holds_every_interval(low: float, high: float):
    lowest, highest, ticks = scale({"student": Range((low + high) / 2, low, high)})
    assert lowest <= low <= high <= highest
    assert 2 <= len(ticks) <= 6
    assert all(lowest - 1e-9 <= tick <= highest + 1e-9 for tick in ticks)


@pytest.mark.parametrize(
    ("value", "written"), [(0.41, ".41"), (0.004, ".004"), (1.03, "1.03"), (-0.5, "−.50"), (0.0, ".00"), (1.0, "1.00")]
)
def test_that_fractions_have_no_leading_zero(value: float, written: str):
    assert fraction(value) == written


def test_that_a_tile_without_number_says_why():
    numbers = TransferNumbers(4.0, {"accuracy": None, "agreement": 0.5}, {"accuracy": None}, None, has_labels=False)
    assert numbers.value("accuracy") == "–"
    assert numbers.below("accuracy") == "The data has no labels"
    assert numbers.below("agreement") == "No baseline"


def test_that_sparklines_follow_validation_only():
    history = [
        Evaluated(step=s, epoch=s, learner=who, split=split, metrics={"accuracy": s / 10, "kl": None})
        for s in (1, 2)
        for who, split in (("student", "validation"), ("baseline", "validation"), ("student", "test"))
    ]
    lines = sparklines(history)
    assert [line.identity for line in lines["accuracy"]] == ["baseline", "student"]
    assert lines["accuracy"][1].values.tolist() == [0.1, 0.2]
    assert np.isnan(lines["kl"][1].values).all()


def test_that_a_walk_ends_at_its_ends():
    walk = Walk(Rows([5, 3, 9]))
    assert [walk.step(5, 1), walk.step(5, -1), walk.step(9, 1)] == [3, None, None]
    assert [walk.step(7, 1), walk.step(None, -1)] == [5, 9]
    assert [walk.words(3), walk.words(7)] == ["2 of 3", "– of 3"]
    assert Walk().step(1, 1) is None


def test_that_who_says_the_same_shares_a_line():
    same = Sample(1, "Shirt", {"teacher": "Coat", "student": "Coat", "baseline": "Coat"})
    assert same.lines() == [(("teacher", "student"), "Coat"), (("baseline",), "Coat")]
    apart = Sample(1, "Shirt", {"teacher": "Shirt", "student": "Coat"})
    assert apart.as_text() == "Input 1, truth Shirt, ● Shirt, ◆ Coat"


def test_that_pictures_are_decoded_once_and_within_a_budget(qapp):
    asked: list[int] = []

    def source(row: int) -> Face | None:
        asked.append(row)
        return None if row == 3 else Face("image", np.zeros((1, 300, 300), np.uint8))

    pictures, size = SamplePictures(source), QSize(48, 48)
    left = set(range(400))
    for _ in range(400):
        pictures.begin()
        for row in left.copy():
            pictures.pixmap(row, size, 1.0)
        if not pictures.is_behind:
            break
    assert sorted(asked) == list(range(400))
    pictures.begin()
    assert pictures.pixmap(3, size, 1.0) is None
    assert pictures.pixmap(4, size, 1.0) is not None
