"""Grids of likenesses: what they say, how the keyboard goes through them, what is taken from them."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from kdstudio.ui.charts.grid_places import shortened
from kdstudio.ui.charts.grids import Axis, Grid, Grids

ROWS = Axis(("conv", "fc, wide", "logits"), "teacher", "Teacher")
STUDENT = Grid("student", "Student", ("a", "b"), np.array([[0.25, 0.5], [1.0, np.nan], [-0.02, 0.75]]))
WITHOUT = Grid("baseline", "Without teacher", ("a", "b"), np.zeros((3, 2)))


@pytest.fixture
def chart(qtbot) -> Grids:
    made = Grids("How alike the layers are")
    qtbot.addWidget(made)
    made.resize(700, 320)
    made.set_grids(ROWS, [STUDENT, WITHOUT], "How alike the layers are")
    made.show()
    return made


def middle(chart: Grids, which: int, i: int, j: int) -> QPoint:
    return chart.places().cell_rect(which, i, j).center().toPoint()


def test_that_pointing_says_both_layers_and_the_value(qtbot, chart: Grids) -> None:
    with qtbot.waitSignal(chart.pointed) as told:
        qtbot.mouseMove(chart, middle(chart, 0, 1, 0))
    assert told.args == ["Teacher fc, wide (2 of 3), student a (1 of 2): 1.00"]
    assert chart.toolTip() == told.args[0]
    assert chart.words(0, 2, 0) == "Teacher logits (3 of 3), student a (1 of 2): −.02"
    assert chart.words(0, 1, 1).endswith(": –")


def test_that_arrow_keys_go_through_all_grids(qtbot, chart: Grids) -> None:
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(chart, key)
    assert chart.accessibleDescription() == "Teacher fc, wide (2 of 3), without teacher a (1 of 2): .00"
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription().startswith("Teacher fc, wide (2 of 3), student b (2 of 2)")


def test_that_the_scale_is_the_same_for_all(chart: Grids) -> None:
    chart.set_grids(ROWS, [STUDENT, Grid("baseline", "Without", ("a", "b"), STUDENT.values)], "Layers")
    image = chart.grab().toImage()
    first, second = (QColor(image.pixel(middle(chart, at, 1, 0) - QPoint(20, 0))) for at in (0, 1))
    assert first == second
    assert first != QColor(image.pixel(middle(chart, 0, 0, 0) - QPoint(20, 0)))


def test_that_numbers_and_words_can_be_taken(chart: Grids) -> None:
    lines = list(csv.reader(io.StringIO(chart.as_csv())))
    assert lines[0] == ["model", "row", "column", "value"]
    assert ["student", "fc, wide", "a", "1"] in lines
    assert len(lines) == 1 + 5 + 6
    assert chart.as_text().splitlines()[0] == "conv: Student b .50, Without teacher a .00"
    assert b"<svg" in chart.as_svg()
    assert chart.picture().width() == 1400


def test_that_a_class_is_not_its_own_neighbour(chart: Grids) -> None:
    values = np.array([[1.0, -0.5, 0.2], [-0.5, 1, 0], [0.2, 0, 1]])
    names = ("x", "y", "z")
    chart.set_grids(Axis(names), [Grid("teacher", "Teacher", names, values)], "Classes", is_signed=True)
    assert chart.as_text().splitlines()[0] == "x: Teacher z .20"
    assert chart.words(0, 0, 1) == "Teacher: x and y −.50"


def test_that_many_classes_are_drawn_as_one_picture(chart: Grids) -> None:
    names = tuple(map(str, range(300)))
    values = np.where(np.eye(300, dtype=bool), 1.0, -1.0)
    chart.set_grids(Axis(names), [Grid("teacher", "Teacher", names, values)], "Classes", is_signed=True)
    assert not chart.grab().isNull()
    grid = chart.places().grids[0]
    assert chart.places().at(grid.center())[1] in (149, 150)
    assert grid.bottom() <= chart.height()


def test_that_names_of_layers_lose_what_all_have_in_common() -> None:
    names = ("bert.encoder.layer.0", "bert.encoder.layer.11", "embedding")
    assert shortened(names) == ("layer.0", "layer.11", "embedding")
    assert shortened(("stage1.conv1", "stage2.conv1", "fc")) == ("stage1.conv1", "stage2.conv1", "fc")
    assert shortened(("net.0",)) == ("net.0",)
    assert shortened(()) == ()
