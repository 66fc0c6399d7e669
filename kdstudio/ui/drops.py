"""Files dragged anywhere over the main window."""

from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from kdstudio.project.facts import runs_in
from kdstudio.ui.assigning import RUNS, Seen, look
from kdstudio.ui.opening import Opened, open_paths, paths_in, present
from kdstudio.ui.panels.dragged import Dragged
from kdstudio.ui.panels.drop_overlay import DropOverlay
from kdstudio.ui.workspace import Workspace

TAKES_IMAGES = "takesImages"  # dynamic property of a widget that has its own use for a dropped image
TAKES_RUNS = "takesRuns"  # the same for run folders, folders of runs, and files of answers
_TABLES = (".npz", ".npy", ".csv", ".tsv", ".txt", ".parquet")


class DropTarget(QObject):
    """Lets a window take files: shows the overlay over `area` while they are dragged, and opens them when released.

    Links that lead off this computer are not taken. A drag of images alone is left to the visible widget that has the
    property `takesImages`, where there is one, and one of runs and answers to the one with `takesRuns`. The files
    themselves are never moved: the drop is always a copy.
    """

    hintChanged = Signal(str)  # a sentence for the status bar; empty when the drag is over
    opened = Signal(object)  # Opened

    def __init__(self, window: QMainWindow, workspace: Workspace, area: QWidget | None = None) -> None:
        super().__init__(window)
        self._window, self._workspace = window, workspace
        self._area = area or window.centralWidget() or window
        self.overlay = DropOverlay(window)
        self._dragged: Dragged | None = None
        self._focus: QWidget | None = None
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        if self._area is not window:
            self._area.installEventFilter(self)
        self.overlay.chosen.connect(self._open)
        self.overlay.cancelled.connect(self._end)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow drags over the window and the size of the area."""
        match event.type():
            case QEvent.Type.Resize | QEvent.Type.Move if self._dragged is not None:
                self._place()
            case QEvent.Type.DragEnter if watched is self._window:
                return self._enter(cast(QDragEnterEvent, event))
            case QEvent.Type.DragMove if watched is self._window and self._dragged is not None:
                return self._move(cast(QDragMoveEvent, event))
            case QEvent.Type.DragLeave if watched is self._window and self._dragged is not None:
                self._end()
                return True
            case QEvent.Type.Drop if watched is self._window and self._dragged is not None:
                return self._drop(cast(QDropEvent, event))
        return super().eventFilter(watched, event)

    def _enter(self, event: QDragEnterEvent) -> bool:
        paths = paths_in(event.mimeData()) if event.mimeData().hasUrls() else []
        if not paths:
            return False
        seen = tuple(look(paths))
        if all(one.is_image for one in seen) and self._taker(TAKES_IMAGES) is not None:
            return False
        if self._taker(TAKES_RUNS) is not None and all(_is_compared(one) for one in seen):
            return False
        if not self.overlay.is_choosing:
            self._focus = self._window.focusWidget()
        self._dragged = Dragged(seen, present(self._workspace.draft, self._workspace.catalogue))
        self._place()
        point = self._point(event)
        self.overlay.start(self._dragged, point)
        self._tell(point)
        return _accept(event)

    def _move(self, event: QDragMoveEvent) -> bool:
        point = self._point(event)
        self.overlay.hover(point)
        self._tell(point)
        return _accept(event)

    def _drop(self, event: QDropEvent) -> bool:
        assert self._dragged is not None
        role = self.overlay.role_at(self._point(event))
        _accept(event)
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and self._dragged.can_choose:
            self.overlay.choose()
            self.hintChanged.emit(f"Choose what {self._dragged.seen[0].name} shall be")
        else:
            self._open(role)
        return True

    def _open(self, role: str | None) -> None:
        dragged = self._dragged
        self._end()
        if dragged is not None:
            outcome: Opened = open_paths(self._workspace, [one.path for one in dragged.seen], role)
            self.opened.emit(outcome)

    def _end(self) -> None:
        was_choosing = self.overlay.is_choosing
        self._dragged = None
        self.overlay.finish()
        if was_choosing and self._focus is not None:
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)
        self._focus = None
        self.hintChanged.emit("")

    def _place(self) -> None:
        corner = self._area.mapTo(self._window, QPoint(0, 0)) if self._area is not self._window else QPoint(0, 0)
        self.overlay.setGeometry(corner.x(), corner.y(), self._area.width(), self._area.height())

    def _tell(self, point: QPoint) -> None:
        if self._dragged is not None:
            self.hintChanged.emit(self._dragged.status(self.overlay.role_at(point)))

    def _point(self, event: QDropEvent) -> QPoint:
        return self.overlay.mapFrom(self._window, event.position().toPoint())

    def _taker(self, what: str) -> QWidget | None:
        takers = (widget for widget in self._window.findChildren(QWidget) if widget.property(what))
        return next((widget for widget in takers if widget.isVisible() and widget.acceptDrops()), None)


def _is_compared(one: Seen) -> bool:
    """Whether Compare lists it: a run, a folder with runs, or a file that may hold answers, labelled or not."""
    if one.path.is_dir():
        return one.role in RUNS or (one.role == "project" and bool(runs_in(one.path)))
    return one.is_answers or (one.role == "data" and one.path.suffix.lower() in _TABLES)


def _accept(event: QDropEvent) -> bool:
    """Take the drag as a copy, whatever was proposed: a move would let a file manager delete the file."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True
