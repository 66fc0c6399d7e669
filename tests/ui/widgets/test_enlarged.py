"""A panel that is laid over its window, whatever it stands in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kdstudio.ui.widgets.enlarged import Enlarged, enlarged


def in_layout(panel: QWidget) -> QWidget:
    body, row = QWidget(), QHBoxLayout()
    for widget, stretch in ((QLabel("left"), 1), (panel, 3), (QLabel("right"), 2)):
        row.addWidget(widget, stretch)
    QVBoxLayout(body).addLayout(row)
    return body


def in_grid(panel: QWidget) -> QWidget:
    body = QWidget()
    grid = QGridLayout(body)
    grid.addWidget(QLabel("above"), 0, 0)
    grid.addWidget(panel, 1, 0, 1, 2)
    return body


def in_splitter(panel: QWidget) -> QWidget:
    body = QSplitter(Qt.Orientation.Vertical)
    for widget in (QLabel("above"), panel, QLabel("below")):
        body.addWidget(widget)
    body.setSizes([50, 200, 150])
    return body


def in_stack(panel: QWidget) -> QWidget:
    stack = QStackedWidget()
    for widget in (QLabel("other"), panel):
        stack.addWidget(widget)
    stack.setCurrentWidget(panel)
    return in_layout(stack)


@pytest.fixture
def panel() -> QWidget:
    made = QWidget()
    QVBoxLayout(made).addWidget(QLineEdit("words"))
    return made


def shown(qtbot, body: QWidget) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(body)
    window.resize(900, 850)  # larger than the screen of the tests
    window.show()
    return window


@pytest.mark.parametrize("around", [in_layout, in_grid, in_splitter, in_stack])
def test_that_it_covers_the_window_and_comes_back_to_its_place(qtbot, panel: QWidget, around) -> None:
    window = shown(qtbot, around(panel))
    before, parent = panel.geometry(), panel.parentWidget()
    over = Enlarged(panel)
    assert over.geometry() == window.rect()
    assert panel.isVisible()
    assert panel.width() > 800
    window.resize(1000, 860)
    assert over.geometry() == window.rect()
    window.resize(900, 850)
    over.back()
    assert enlarged(window) is None
    assert panel.parentWidget() is parent
    qtbot.waitUntil(lambda: panel.isVisible() and panel.geometry() == before)


def test_that_the_keyboard_stays_where_it_was(qtbot, panel: QWidget) -> None:
    window = shown(qtbot, in_layout(panel))
    field = panel.findChild(QLineEdit)
    field.setFocus()
    over = Enlarged(panel)
    assert window.focusWidget() is field
    qtbot.keyClick(field, Qt.Key.Key_X)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert enlarged(window) is None
    assert window.focusWidget() is field
    assert "x" in field.text()
    over.back()  # a second time changes nothing


def test_that_a_panel_that_is_hidden_or_taken_elsewhere_ends_it(qtbot, panel: QWidget) -> None:
    window = shown(qtbot, in_layout(panel))
    Enlarged(panel)
    panel.hide()
    assert enlarged(window) is None
    assert panel.isHidden()
    panel.show()
    Enlarged(panel)
    elsewhere = QWidget(window.centralWidget())
    QVBoxLayout(elsewhere).addWidget(panel)
    assert enlarged(window) is None
    assert panel.parentWidget() is elsewhere


def test_that_leaving_the_page_ends_it_and_the_panel_is_there_again(qtbot, panel: QWidget) -> None:
    pages = QStackedWidget()
    for page in (in_layout(panel), QLabel("other page")):
        pages.addWidget(page)
    window = shown(qtbot, pages)
    Enlarged(panel)
    pages.setCurrentIndex(1)
    assert enlarged(window) is None
    assert not panel.isVisible()
    pages.setCurrentIndex(0)
    assert panel.isVisible()
