"""The window around the pages: rail, keys, palette, title, problems, closing."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QAction, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kdstudio.core.errors import Problem
from kdstudio.core.events import Advanced, Noticed
from kdstudio.recipe.recipe import parse
from kdstudio.ui.checked import Checked
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.page_table import PAGES
from kdstudio.ui.shell.closing import detached
from kdstudio.ui.shell.dialogs import Confirmation, Preferences
from kdstudio.ui.theme import theme
from tests.small_task import quick_recipe, trained, write_digits

RECIPE = {"data": {"path": "/nowhere"}, "student": {"architecture": "mlp"}, "methods": [{"method": "hard_labels"}]}


def begin_a_run(window: MainWindow, folder: Path) -> None:
    run = window.workspace.run
    run.begin(folder, parse(RECIPE | {"epochs": 10}))
    run.feed([Advanced(step=40, total=100, epoch=4.0)])
    assert run.state == "running"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_that_every_page_opens_from_the_rail_and_by_its_key(window: MainWindow, page, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.rail.buttons[page.name], Qt.MouseButton.LeftButton)
    assert window.current_page() == page.name
    assert window.context.isVisible() == page.has_context
    window.show_page(PAGES[0].name)
    window.top.actions_by_id[f"view.{page.name}"].trigger()
    assert window.current_page() == page.name


def test_that_a_page_that_does_not_exist_changes_nothing(window: MainWindow) -> None:
    window.show_page("nowhere")
    assert window.current_page() == "home"


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 680)])
def test_that_every_control_has_a_name_on_every_page(window: MainWindow, size: tuple[int, int], name: str) -> None:
    theme().set_name(name)
    window.resize(*size)
    window.dock.show_tab("problems")
    for page in PAGES:
        window.show_page(page.name)
        QApplication.processEvents()
        controls = [w for w in window.findChildren(QWidget) if w.isVisible() and _is_control(w)]
        nameless = [w for w in controls if not _told(w)]
        assert not nameless, f"{page.name}: {nameless}"


@pytest.mark.parametrize("size", [(1440, 900), (1024, 680)])
def test_that_no_line_of_the_shell_is_cut_without_being_elided(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.show_page("train")
    QApplication.processEvents()
    for part in (window.top, window.context, window.status, window.rail):
        for label in part.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap() and not getattr(label, "_elide", False):
                assert label.sizeHint().width() <= label.width() + 2, label.text()


def test_that_the_rail_is_narrow_in_a_small_window(window: MainWindow) -> None:
    assert window.rail.width() == 80
    window.resize(1024, 680)
    QApplication.processEvents()
    assert window.rail.width() == 56


def test_that_a_plain_key_acts_and_is_left_to_text_fields(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    begin_a_run(window, tmp_path / "run")
    window.show_page("train")
    window.setFocus()
    view = window.workspace.view
    assert view.is_tied
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert not view.is_tied
    window.do("focus_lens")
    field = window.context.lens.slider.field
    QTest.keyClick(field, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert not view.is_tied, "typing into a field is no command"
    window.workspace.settings["single_keys"] = False
    QTest.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert not view.is_tied
    window.workspace.run.close()


def test_that_the_palette_runs_what_was_typed(window: MainWindow, qtbot: QtBot) -> None:
    window.do("palette")
    QTest.keyClicks(window.palette_box.field, "setup")
    QTest.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    assert window.current_page() == "setup"
    assert not window.palette_box.isVisible()


def test_that_the_palette_closes_on_escape(window: MainWindow) -> None:
    window.do("palette")
    QTest.keyClick(window.palette_box.field, Qt.Key.Key_Escape)
    assert not window.palette_box.isVisible()


def test_that_menus_grey_out_what_cannot_be_done(window: MainWindow) -> None:
    menu = window.top.actions_by_id["edit.undo"]
    window.top.menus.actions()[1].menu().aboutToShow.emit()
    assert not menu.isEnabled()
    window.workspace.draft.change("epochs", 7)
    window.top.menus.actions()[1].menu().aboutToShow.emit()
    assert menu.isEnabled()
    menu.trigger()
    assert window.workspace.draft.value["epochs"] == 30


def test_that_no_shortcut_is_given_twice(window: MainWindow) -> None:
    keys = [a.shortcut().toString() for a in window.findChildren(QAction) if not a.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert QKeySequence("Ctrl+K").toString() in keys


def test_that_the_title_says_what_is_open_and_that_it_was_edited(window: MainWindow, tmp_path: Path) -> None:
    assert window.top.title.text() == "Untitled"
    window.workspace.draft.change("epochs", 7)
    assert "edited" in window.top.edited.text()
    window.workspace.save_as(tmp_path / "flowers")
    assert window.top.title.text() == "flowers"
    assert window.top.edited.text() == ""


def test_that_a_problem_is_told_once_and_stays_in_the_list(window: MainWindow) -> None:
    window.workspace.notices.tell(Problem(message="It broke.", hint="Mend it."), "trace")
    QApplication.processEvents()
    assert [toast.accessibleName() for toast in window.messages.toasts.toasts()] == ["It broke. Mend it."]
    assert [row.accessibleName() for row in window.dock.problems.rows] == ["It broke."]
    assert "1 problem" in window.status.problems.text()
    window.workspace.notices.clear()
    assert window.dock.problems.rows == []


def test_that_what_a_run_notices_reaches_the_list_unless_setup_said_it(window: MainWindow, tmp_path: Path) -> None:
    weak = Problem(message="hints/distance hardly moves the student", where="student", severity="warning")
    known = Problem(message="two classes are rare", where="data", severity="warning")
    window.workspace.draft.check = Checked(problems=(known,))
    begin_a_run(window, tmp_path)
    window.workspace.run.feed([Noticed(problem=known), Noticed(problem=weak)])
    QApplication.processEvents()
    assert [row.accessibleName() for row in window.dock.problems.rows] == [weak.message]


def test_that_an_error_nobody_caught_reaches_the_list(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window.workspace.notices._unexpected(ValueError, ValueError("no such luck"), None)
    QApplication.processEvents()
    assert "no such luck" in window.dock.problems.rows[0].accessibleName()


def test_that_a_report_is_written_beside_what_goes_on_and_offered(window: MainWindow, tmp_path: Path, qtbot) -> None:
    data = write_digits(tmp_path / "digits.npz", 200)
    run, page = trained(quick_recipe(data, epochs=1), tmp_path / "run"), tmp_path / "new" / "page.html"
    window.verbs.write_report(run, page)
    qtbot.waitUntil(lambda: bool(window.messages.toasts.toasts()), timeout=20_000)
    assert window.messages.toasts.toasts()[0].accessibleName() == "The report was saved as page.html."
    assert "The student reaches" in page.read_text(encoding="utf-8")
    window.verbs.write_report(tmp_path, tmp_path / "other.html")
    qtbot.waitUntil(lambda: bool(window.dock.problems.rows))
    assert "is not a run folder" in window.dock.problems.rows[0].accessibleName()


def test_that_a_running_run_is_seen_in_rail_and_status(window: MainWindow, tmp_path: Path) -> None:
    begin_a_run(window, tmp_path / "run")
    assert window.rail.buttons["train"].badge == "running"
    assert "epoch 4 of 10" in window.status.run.text()
    assert window.status.progress.isVisible()
    window.workspace.run.close()
    assert window.rail.buttons["train"].badge == ""


def test_that_closing_asks_while_a_run_goes_on(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    begin_a_run(window, tmp_path / "run")
    window.close()
    assert window.isVisible()
    asking = window.findChild(Confirmation)
    assert "epoch 4 of 10" in asking.findChildren(QLabel)[1].text()
    qtbot.mouseClick(asking.buttons["cancel"], Qt.MouseButton.LeftButton)
    assert window.isVisible()
    window.close()
    asking = window.findChild(Confirmation)
    qtbot.mouseClick(asking.buttons["stop"], Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_that_a_run_that_is_kept_running_is_resumed_by_the_terminal() -> None:
    program, arguments = detached(Path("/runs/7"))
    assert program == sys.executable
    assert arguments == ["-m", "kdstudio", "train", "--resume", "--run", "/runs/7"]


def test_that_preferences_take_effect_at_once_and_are_remembered(window: MainWindow) -> None:
    window.do("preferences")
    preferences = window.findChild(Preferences)
    preferences.theme_choice.chosen.emit("light")
    assert not theme().is_dark
    assert window.workspace.settings["theme"] == "light"
    preferences.close()


def test_that_f6_goes_round_the_regions(window: MainWindow) -> None:
    window.show_page("train")
    window.activateWindow()
    QApplication.processEvents()
    visited = []
    for _ in range(3):
        window.do("next_region")
        focused = window.focusWidget()
        visited.append(next(p for p in (window.rail, window.context, window.stack) if p.isAncestorOf(focused)))
    assert len(set(visited)) == 3


def _is_control(widget: QWidget) -> bool:
    is_inner = isinstance(widget, QLineEdit) and widget.objectName() == "qt_spinbox_lineedit"
    return isinstance(widget, QAbstractButton | QLineEdit) and not is_inner


def _told(widget: QWidget) -> str:
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name) if found is not None else ""


def test_that_parts_that_home_does_not_show_are_made_when_they_are_asked_for(window: MainWindow) -> None:
    assert not any(window.has(part) for part in ("context", "dock", "palette_box", "drops"))
    window.workspace.notices.tell(Problem(message="It broke before anyone looked."))
    QApplication.processEvents()
    window.do("problems")
    assert [row.accessibleName() for row in window.dock.problems.rows] == ["It broke before anyone looked."]
    window.show_page("train")
    assert window.context.isVisible()


def test_that_the_first_drag_over_the_window_is_taken(window: MainWindow, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", images=np.zeros((4, 8, 8), np.uint8), labels=np.arange(4) % 2)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "data.npz"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(5, 5), copy, mime, left, none)
    event.ignore()
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    assert window.drops.overlay.isVisible()
    assert window.status.run.text().startswith("Release to use data.npz")
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, mime, left, none, QEvent.Type.Drop))
    assert window.workspace.draft.path("data") == str(tmp_path / "data.npz")
