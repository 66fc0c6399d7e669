"""The picture of what layers can do without: its words, its numbers, its colours."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from kdstudio.ui.charts.sensitivity_grid import SensitivityGrid
from tests.analysis.test_sensitivity import found


@pytest.fixture
def chart(qtbot) -> SensitivityGrid:
    made = SensitivityGrid()
    qtbot.addWidget(made)
    made.set_found(found(), "scores")
    made.resize(640, 240)
    made.show()
    return made


def test_that_a_cell_says_what_is_out_and_what_is_left(qtbot, chart: SensitivityGrid) -> None:
    with qtbot.waitSignal(chart.pointed) as told:
        qtbot.mouseMove(chart, chart.places().cell_rect(0, 1, 2).center().toPoint())
    assert told.args == ["conv2, and shortcut with it without 8 of its 16 channels: accuracy 90.0% instead of 90.0%"]
    assert chart.words(0, 0, 0) == "conv1 without 0 of its 8 channels: accuracy 90.0% instead of 90.0%"
    chart.set_found(found(), "agreements")
    assert chart.words(0, 0, 4) == "conv1 without 7 of its 8 channels: agreement 5.0% instead of 85.0%"


def test_that_it_can_be_had_as_text_and_numbers(chart: SensitivityGrid) -> None:
    lines = chart.as_text().splitlines()
    assert lines[0].startswith("conv1 is needed most: without 50% of its channels")
    assert lines[2].startswith("conv2 (+ 1 tied): 90.0% without 10%, 90.0% without 30%")
    assert lines[2].endswith("40.0% without 90%")
    told = list(csv.DictReader(io.StringIO(chart.as_csv())))
    assert len(told) == 15
    assert told[2] == {
        "layer": "conv1", "size": "8", "unit": "channels", "share": "0.5", "taken": "4", "score": "0.5",
        "agreement": "0.45",
    }  # fmt: skip


def test_that_colours_go_from_nothing_to_all_of_the_score(chart: SensitivityGrid) -> None:
    image = chart.grab().toImage()

    def colour(i: int, j: int) -> QColor:
        return QColor(image.pixel(chart.places().cell_rect(0, i, j).topLeft().toPoint() + QPoint(9, 4)))

    assert colour(0, 0) == colour(1, 2) == colour(2, 1)  # all of it
    assert len({colour(0, j).rgb() for j in range(5)}) == 5
    assert chart.scale_words() == ("90.0%", "0.0%")


def test_that_nothing_and_a_score_of_zero_are_drawn_too(qtbot, chart: SensitivityGrid) -> None:
    chart.set_found(replace(found(), whole=0.0, scores=np.zeros((3, 5))), "scores")
    chart.grab()
    chart.set_found(None, "scores")
    chart.grab()
    assert chart.as_text() == ""
    assert len(chart.as_csv().splitlines()) == 1
