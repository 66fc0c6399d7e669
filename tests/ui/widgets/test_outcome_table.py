import pytest
from PySide6.QtCore import QPoint, Qt

from kdstudio.ui.tokens import DARK, LIGHT, contrast
from kdstudio.ui.widgets.outcome_table import Outcomes, OutcomeTable, cell_fill

COUNTS = Outcomes(both_right=1679, lost=141, fixed=45, inherited=107, different=28)


@pytest.fixture
def table(qtbot) -> OutcomeTable:
    made = OutcomeTable()
    qtbot.addWidget(made)
    made.set_outcomes(COUNTS)
    made.resize(380, 214)
    made.show()
    return made


def test_that_counts_add_up():
    assert COUNTS.total == 2000


def test_that_arrow_keys_walk_and_enter_chooses(qtbot, table: OutcomeTable):
    chosen: list[str] = []
    table.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(table, key)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert chosen == ["inherited", "different", ""]


def test_that_the_cell_under_the_keyboard_is_told(qtbot, table: OutcomeTable):
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert table.accessibleName() == "Who is right? Lost 141"
    assert "Fixed 45" in table.accessibleDescription()


def test_that_a_click_chooses_and_a_second_one_clears(qtbot, table: OutcomeTable):
    chosen: list[str] = []
    table.chosen.connect(chosen.append)
    for _ in range(2):
        qtbot.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(340, 60))
    assert chosen == ["lost", ""]


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("cell", ["both_right", "lost", "fixed", "inherited", "different"])
def test_that_words_in_cells_are_readable(tokens, cell: str):
    assert contrast(tokens.text_2, cell_fill(cell, tokens)) >= 4.5
