import numpy as np
import pytest
from PySide6.QtCore import Qt

from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers, butterfly_rows, length, text_twin

NAMES = ("T-shirt", "Shirt", "Coat", "Dress")
TEACHER = np.array([0.1, 0.6, 0.25, 0.05])
STUDENT = np.array([0.2, 0.55, 0.1, 0.15])
BASELINE = np.array([0.7, 0.1, 0.1, 0.1])


def answers(classes: int, truth: tuple[int, ...] = ()) -> Answers:
    probabilities = np.arange(classes, 0, -1.0)
    probabilities /= probabilities.sum()
    return Answers(tuple(f"c{k}" for k in range(classes)), probabilities, probabilities[::-1].copy(), truth=truth)


def test_that_rows_follow_the_teacher_and_carry_every_value():
    rows = butterfly_rows(Answers(NAMES, TEACHER, STUDENT, BASELINE, truth=(1,)))
    assert [row.name for row in rows] == ["Shirt", "Coat", "T-shirt", "Dress"]
    first = rows[0]
    assert (first.teacher, first.student, first.baseline) == (0.6, 0.55, 0.1)
    assert first.is_truth
    assert first.is_teacher_top
    assert first.is_student_top
    assert not any(row.is_teacher_top or row.is_truth for row in rows[1:])


@pytest.mark.parametrize(
    ("order", "first"), [("student", "Shirt"), ("difference", "Coat"), ("class", "T-shirt"), ("teacher", "Shirt")]
)
def test_that_rows_can_be_sorted_otherwise(order, first: str):
    assert butterfly_rows(Answers(NAMES, TEACHER, STUDENT), order)[0].name == first


def test_that_ten_rows_and_the_others_hold_all_the_probability():
    rows = butterfly_rows(answers(100))
    assert len(rows) == 11
    assert rows[-1].name == "others (90)"
    assert sum(row.teacher for row in rows) == pytest.approx(1.0)
    assert sum(row.student for row in rows) == pytest.approx(1.0)


def test_that_the_true_class_is_always_shown():
    rows = butterfly_rows(answers(100, truth=(99,)))
    assert [row.name for row in rows if row.is_truth] == ["c99"]
    assert len(rows) == 11
    assert rows[-1].name == "others (90)"


@pytest.mark.parametrize(("classes", "shown"), [(2, 2), (10, 10), (11, 11), (12, 11)])
def test_that_no_single_class_hides_as_others(classes: int, shown: int):
    assert len(butterfly_rows(answers(classes))) == shown


def test_that_the_picture_can_be_read_as_text():
    twin = text_twin(butterfly_rows(Answers(NAMES, TEACHER, STUDENT, BASELINE, truth=(1,))))
    assert twin.splitlines()[0] == "Shirt (true class): teacher 0.60, student 0.55, without teacher 0.10"


def test_that_a_teacher_alone_is_half_a_butterfly():
    rows = butterfly_rows(Answers(NAMES, TEACHER))
    assert all(row.student is None and row.baseline is None for row in rows)
    assert "student" not in text_twin(rows)


def test_that_the_longest_bar_fills_the_wing_on_both_scales():
    assert length(0.6, 0.6) == 1.0
    assert length(0.3, 0.6) == pytest.approx(0.5)
    assert length(0.6, 0.6, log=True) == 1.0
    assert length(0.01, 1.0, log=True) == pytest.approx(0.5)  # halfway between 1e-4 and 1
    assert length(None, 0.6) == length(1e-5, 0.6, log=True) == 0.0


def test_that_the_widget_tells_its_rows_and_unfolds_the_others(qtbot):
    butterfly = Butterfly()
    qtbot.addWidget(butterfly)
    butterfly.set_answers(answers(30, truth=(2,)))
    assert len(butterfly.rows()) == 11
    assert "c2 (true class)" in butterfly.accessibleDescription()
    butterfly.set_unfolded(True)
    assert len(butterfly.rows()) == 30


def test_that_the_keyboard_chooses_a_class(qtbot):
    butterfly = Butterfly()
    qtbot.addWidget(butterfly)
    butterfly.set_answers(Answers(NAMES, TEACHER, STUDENT))
    with qtbot.waitSignal(butterfly.rowHovered) as hovered:
        qtbot.keyClick(butterfly, Qt.Key.Key_Down)
    assert hovered.args == [1]
    qtbot.keyClick(butterfly, Qt.Key.Key_Down)
    with qtbot.waitSignal(butterfly.rowChosen) as chosen:
        qtbot.keyClick(butterfly, Qt.Key.Key_Return)
    assert chosen.args == [2]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_bars_grow_outwards_from_the_gutter(qtbot, dressed, name: str):
    dressed.set_name(name)
    butterfly = Butterfly(legend=False)
    qtbot.addWidget(butterfly)
    butterfly.set_answers(Answers(("a", "b"), np.array([1.0, 0.0]), np.array([1.0, 0.0])))
    butterfly.resize(320, 160)
    image = butterfly.grab().toImage()
    y = 26 + 17  # the middle of the first row
    assert image.pixelColor(60, y).name().upper() == dressed.tokens.teacher
    assert image.pixelColor(250, y).name().upper() == dressed.tokens.student
