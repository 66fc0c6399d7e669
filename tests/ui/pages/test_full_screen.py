"""Panels on the whole screen, on every page: they come back to where they were, with all that they show."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication

from kdstudio.ui.charts.panel_menu import PanelMenu
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.widgets.enlarged import enlarged
from kdstudio.ui.workspace import Workspace


@pytest.fixture
def window(qtbot, own_home: Path, run: Path) -> Iterator[MainWindow]:
    """A window on a run, larger than the screen of the tests, so that it keeps its size."""
    shown = MainWindow(Workspace(Settings(own_home / "settings.json")))
    shown.resize(1440, 900)
    shown.show()
    shown.workspace.show_run(run)
    yield shown
    shown.workspace.engine.kill()
    shown.closing.decide()


def settled(qtbot, window: MainWindow, page: str) -> None:
    window.show_page(page)
    qtbot.waitUntil(lambda: not window.workspace.analyses.is_busy)
    QApplication.processEvents()


def menus(window: MainWindow) -> list[PanelMenu]:
    return [menu for menu in window.findChildren(PanelMenu) if menu.isVisible()]


def place(menu: PanelMenu) -> QRect:
    card = menu.card()
    return QRect(card.mapTo(card.window(), card.rect().topLeft()), card.size())


def taken(qtbot, window: MainWindow, menu: PanelMenu) -> None:
    """Take a panel to the whole screen and back, and see that it is where it was."""
    before, parent = place(menu), menu.card().parentWidget()
    menu.full_screen()
    shown = enlarged(window)
    assert shown is not None
    QApplication.processEvents()
    assert shown.geometry() == window.rect()
    assert menu.card().width() > before.width()
    assert menu.isVisible()
    assert "Back to the page" in [action.text().split("\t")[0] for action in menu.menu().actions()]
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert enlarged(window) is None
    assert menu.card().parentWidget() is parent
    qtbot.waitUntil(lambda: place(menu) == before)


@pytest.mark.parametrize("page", ["train", "compare"])
def test_that_each_panel_of_a_page_comes_back_to_its_place(qtbot, window: MainWindow, page: str) -> None:
    settled(qtbot, window, page)
    found = menus(window)
    assert found
    for menu in found:
        taken(qtbot, window, menu)


def test_that_each_tab_of_understand_comes_back_to_its_place(qtbot, window: MainWindow) -> None:
    settled(qtbot, window, "understand")
    page, seen = window.pages["understand"], set()
    for key in page.tabs:
        page.open_tab(key)
        settled(qtbot, window, "understand")
        for menu in menus(window):
            seen.add(key)
            taken(qtbot, window, menu)
            assert page.pages.currentWidget() is page.tabs[key]
    assert {"classes", "calibration", "map"} <= seen


def test_that_leaving_the_page_puts_the_panel_back(qtbot, window: MainWindow) -> None:
    settled(qtbot, window, "compare")
    menu = menus(window)[0]
    before = place(menu)
    menu.full_screen()
    window.show_page("train")
    assert enlarged(window) is None
    assert not menu.isVisible()
    assert window.stack.isVisible()
    settled(qtbot, window, "compare")
    assert place(menu) == before


def test_that_f11_takes_the_panel_with_the_keyboard_and_brings_it_back(qtbot, window: MainWindow) -> None:
    settled(qtbot, window, "compare")
    chart = window.pages["compare"].pareto.chart
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    window.verbs.full_screen()
    shown = enlarged(window)
    assert shown is not None
    assert shown.isAncestorOf(chart)
    assert window.focusWidget() is chart
    assert not window.isFullScreen()  # this window is larger than the screen
    window.verbs.full_screen()
    assert enlarged(window) is None
    assert window.focusWidget() is chart
    window.pages["compare"].list.filter.setFocus()
    window.verbs.full_screen()
    assert enlarged(window) is None
    assert window.isFullScreen()
    window.verbs.full_screen()


def test_that_what_the_window_says_still_reaches_an_enlarged_panel(qtbot, window: MainWindow) -> None:
    settled(qtbot, window, "compare")
    page = window.pages["compare"]
    page.pareto.menu.full_screen()
    page.pareto.cost.set_value("macs")
    page.pareto.refresh()
    assert "multiply-adds" in page.pareto.chart.title()
    enlarged(window).back()
    assert page.pareto.cost.value() == "macs"
    assert page.pareto.chart.isVisible()
