"""Methods are put in another order by mouse and keyboard, one step of undo each."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from kdstudio.training.opening import catalogue
from kdstudio.ui.draft_value import copied
from kdstudio.ui.panels.methods.method_rows import MethodRows
from kdstudio.ui.workspace import Workspace

LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
THREE = ["hard_labels", "soft_targets", "dist"]


@pytest.fixture
def methods(qtbot, workspace: Workspace) -> Iterator[MethodRows]:
    draft, known = workspace.draft, catalogue()
    draft._timer.setInterval(1_000_000)  # the engine is not asked
    draft.value = copied({**draft.value, "methods": [{"method": name, "weight": 1.0} for name in THREE]})
    made = MethodRows(draft)
    draft.changed.connect(lambda: made.refresh(known))
    made.refresh(known)
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    yield made
    made.hide()


def names(workspace: Workspace) -> list[str]:
    return [choice["method"] for choice in workspace.draft.value["methods"]]


def carry(grip: QWidget, to: QWidget, *, drop: bool = True) -> None:
    """Drag a row by its grip past the middle of another."""
    QApplication.processEvents()  # new rows are laid out
    start, end = (widget.mapToGlobal(widget.rect().center()) for widget in (grip, to))
    end += QPoint(0, 5 if end.y() > start.y() else -5)
    press, move, release = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
    none = Qt.MouseButton.NoButton
    steps = [(press, start, LEFT, LEFT), (move, (start + end) / 2, none, LEFT), (move, end, none, LEFT)]
    for kind, point, button, held in [*steps, (release, end, LEFT, none)][: 4 if drop else 3]:
        here = QPointF(grip.mapFromGlobal(point))
        event = QMouseEvent(kind, here, QPointF(point), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(grip, event)


def test_that_a_method_is_dragged_to_another_place_in_one_step(methods: MethodRows, workspace: Workspace):
    carry(methods.rows[0].grip, methods.rows[2])
    assert names(workspace) == ["soft_targets", "dist", "hard_labels"]
    workspace.draft.undo.undo()
    assert names(workspace) == THREE
    carry(methods.rows[2].grip, methods.rows[0])
    assert names(workspace) == ["dist", "hard_labels", "soft_targets"]


def test_that_escape_lets_a_dragged_method_stay(qtbot, methods: MethodRows, workspace: Workspace):
    grip = methods.rows[0].grip
    carry(grip, methods.rows[1], drop=False)
    assert methods._reorder.isVisible()
    below, above = methods.rows[2].geometry(), methods.rows[1].geometry()
    assert above.bottom() < methods._reorder.geometry().center().y() < below.top()
    qtbot.keyClick(grip, Qt.Key.Key_Escape)
    assert not methods._reorder.isVisible()
    qtbot.mouseRelease(grip, LEFT)
    assert names(workspace) == THREE
    assert not workspace.draft.undo.canUndo()


def test_that_alt_and_arrows_move_a_method_from_any_of_its_fields(qtbot, methods: MethodRows, workspace: Workspace):
    field = methods.rows[1].weight.editor
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Up, ALT)
    assert names(workspace) == ["soft_targets", "hard_labels", "dist"]
    assert methods.rows[0].grip.hasFocus()
    qtbot.keyClick(methods.rows[0].grip, Qt.Key.Key_Up, ALT)  # it is the first already
    qtbot.keyClick(methods.rows[0].grip, Qt.Key.Key_Down, ALT)
    assert names(workspace) == THREE
    workspace.draft.undo.undo()
    workspace.draft.undo.undo()
    assert not workspace.draft.undo.canUndo()
    assert methods.rows[1].grip.accessibleName() == "Drag to move Soft targets (Hinton), or press Alt+Up or Alt+Down"


def test_that_methods_move_and_go_one_step_of_undo_each(qtbot, methods: MethodRows, workspace: Workspace):
    qtbot.mouseClick(methods.rows[1].up, LEFT)
    assert names(workspace) == ["soft_targets", "hard_labels", "dist"]
    assert methods.rows[0].down.hasFocus()  # the other way is still open to the keyboard
    for at in (2, 0):
        qtbot.mouseClick(methods.rows[at].remove, LEFT)
    assert names(workspace) == ["hard_labels"]
    assert not methods.rows[0].remove.isEnabled()
    for _ in range(3):
        workspace.draft.undo.undo()
    assert names(workspace) == THREE
