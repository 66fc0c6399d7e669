"""The saved selections: choose one, rename it, save it as CSV, delete it."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.project.slices import Slice
from kdstudio.ui.panels.popover import Popover, fitted
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, IconButton
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Heading, Paragraph
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, count, focus_ring, text, width

SHOWN, ROW = 8, 34
_NONE = "A slice is a selection with a name. Select inputs or type a filter, and press S to save them as one."


class SliceButton(Hovered, QAbstractButton):
    """A slice's name, and how many inputs it has."""

    def __init__(self, one: Slice) -> None:
        super().__init__()
        self._count = count(len(one.rows))
        self.setText(one.name)
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{one.name}, {self._count} inputs")
        self.setToolTip(one.name)

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(theme().px(200), theme().px(ROW))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name and number."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        if self.is_hovered:
            box(painter, rect, px(7), theme().colour("surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(7))
        inner = rect.adjusted(px(10), 0, -px(10), 0)
        text(painter, inner, self._count, "small", "text_2", RIGHT)
        text(
            painter,
            inner.adjusted(0, 0, -width(self._count, "small") - px(10), 0),
            self.text(),
            "smallm",
            "text_1",
            LEFT,
        )


class SliceList(Popover):
    """Each signal gives a slice; `saveAsked` says that the selection is to be saved."""

    chosen = Signal(object)
    renamed = Signal(object)
    exported = Signal(object)
    deleted = Signal(object)
    saveAsked = Signal()

    def __init__(self, parent: QWidget, slices: Sequence[Slice], *, can_save: bool) -> None:
        super().__init__(parent, "Slices", 360)
        self.setObjectName("sliceList")
        self.column.addWidget(Heading("Slices", 2))
        if slices:
            self.column.addWidget(self._rows(slices))
        else:
            self.column.addWidget(fitted(Paragraph(_NONE, "small", "2"), self.inner_width))
        self.save = Button("Save selection as slice", "secondary", "bookmark", size="small", trailing="S")
        self.save.setEnabled(can_save)
        self.save.clicked.connect(lambda: self._close_and(self.saveAsked))
        self.column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeft)

    def _rows(self, slices: Sequence[Slice]) -> QWidget:
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.buttons: dict[str, dict[str, QAbstractButton]] = {}
        for one in slices:
            row = QHBoxLayout()
            row.setSpacing(theme().px(2))
            made: dict[str, QAbstractButton] = {
                "choose": SliceButton(one),
                "rename": IconButton("pencil", f"Rename {one.name}"),
                "export": IconButton("table", f"Save {one.name} as CSV"),
                "delete": IconButton("trash", f"Delete {one.name}"),
            }
            self.buttons[one.name] = made
            signals = (self.chosen, self.renamed, self.exported, self.deleted)
            for button, signal in zip(made.values(), signals, strict=True):
                button.clicked.connect(lambda _=False, signal=signal, one=one: self._close_and(signal, one))
                row.addWidget(button)
            column.addLayout(row)
        area = scroll_area(inner)
        area.setFixedHeight(theme().px(ROW) * min(len(slices), SHOWN))
        return area

    def _close_and(self, signal: SignalInstance, *values: object) -> None:
        self.close()
        signal.emit(*values)
