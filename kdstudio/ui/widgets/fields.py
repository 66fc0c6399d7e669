"""Fields: a label, an editor, and one line below that says what is wrong."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import apply_role, restyle, theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import begin, box, focus_ring, text, width


class Field(QWidget):
    """A labelled line of text. `set_problem("Use a number above 0")` marks it; "" clears the mark."""

    edited = Signal(str)  # on every key
    settled = Signal(str)  # on Enter and when the focus leaves

    def __init__(self, label: str, value: str = "", *, help: str = "", placeholder: str = "") -> None:
        super().__init__()
        self.label, self.editor = Label(label, "smallm", "2"), QLineEdit(value)
        self.editor.setAcceptDrops(False)  # files are dropped on the window, not into a field
        self.problem = Label("", "caption", "error")
        self.problem.setVisible(False)
        self.label.setBuddy(self.editor)
        self.editor.setProperty("role", "body")
        apply_role(self.editor)
        self.editor.setPlaceholderText(placeholder)
        self.editor.setAccessibleName(label)
        self.editor.setAccessibleDescription(help)
        self.setAccessibleName(label)
        for widget in (self.label, self.editor):
            widget.setToolTip(help)
        self.setFocusProxy(self.editor)
        _column(self, self.label, self.editor, self.problem)
        self.editor.textEdited.connect(self.edited)
        self.editor.editingFinished.connect(lambda: self.settled.emit(self.editor.text()))

    def value(self) -> str:
        """What stands in the field."""
        return self.editor.text()

    def set_value(self, value: str) -> None:
        """Put text in without a signal."""
        if value != self.editor.text():
            self.editor.setText(value)

    def set_problem(self, words: str) -> None:
        """Say what is wrong, or that nothing is any more."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.editor.setAccessibleDescription(words or self.editor.toolTip())
        restyle(self.editor, state="error" if words else "")


class ComboBox(Hovered, QComboBox):
    """A drop-down list that looks like a field; the wheel is left to the page."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setProperty("role", "body")
        apply_role(self)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMaxVisibleItems(14)

    def grey_out(self, value: str, reason: str) -> None:
        """Say why one of the choices cannot be taken, or that it can."""
        at, model = self.findData(value), self.model()
        if at >= 0 and isinstance(model, QStandardItemModel):
            model.item(at).setEnabled(not reason)
            self.setItemData(at, reason, Qt.ItemDataRole.ToolTipRole)

    def sizeHint(self) -> QSize:
        """The widest choice with the arrow."""
        px = theme().px
        widest = max((width(self.itemText(i), "body") for i in range(self.count())), default=80)
        return QSize(round(widest) + px(46), px(34))

    def minimumSizeHint(self) -> QSize:
        """A few letters and the arrow."""
        return QSize(theme().px(72), theme().px(34))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw field, words, arrow."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        edge = "line" if not self.isEnabled() else "field_hover" if self.is_hovered else "line_strong"
        box(painter, rect, now.px(7), now.colour("surface_2" if self.isEnabled() else "surface_1"), now.colour(edge))
        if self.has_ring:
            focus_ring(painter, rect, now.px(7))
        words, tone = self.currentText() or self.placeholderText(), "text_1" if self.currentIndex() >= 0 else "text_2"
        room = QRectF(now.px(11), 0, rect.width() - now.px(38), rect.height())
        text(painter, room, words, "body", tone if self.isEnabled() else "disabled")
        side = now.px(14)
        arrow = QRectF(rect.right() - now.px(11) - side, rect.center().y() - side / 2, side, side)
        icons.draw(painter, "chevron-down", arrow, "text_3" if self.isEnabled() else "disabled")


class Combo(QWidget):
    """A labelled choice. `choices` are (value, words) pairs."""

    chosen = Signal(str)

    def __init__(self, label: str, choices: list[tuple[str, str]], value: str = "", *, help: str = "") -> None:
        super().__init__()
        self.label, self.editor = Label(label, "smallm", "2"), ComboBox(label)
        self.label.setBuddy(self.editor)
        self.setAccessibleName(label)
        for widget in (self.label, self.editor):
            widget.setToolTip(help)
        self.setFocusProxy(self.editor)
        self.set_choices(choices, value)
        _column(self, self.label, self.editor)
        self.editor.activated.connect(lambda _: self.chosen.emit(self.value()))

    def value(self) -> str:
        """The chosen value, or "" where nothing is."""
        return self.editor.currentData() or ""

    def set_value(self, value: str) -> None:
        """Choose without a signal."""
        self.editor.setCurrentIndex(self.editor.findData(value))

    def set_choices(self, choices: list[tuple[str, str]], value: str = "") -> None:
        """Offer other choices without a signal."""
        blocked = self.editor.blockSignals(True)
        self.editor.clear()
        for key, words in choices:
            self.editor.addItem(words, key)
        self.editor.setCurrentIndex(max(0, self.editor.findData(value)) if choices else -1)
        self.editor.blockSignals(blocked)
        self.editor.updateGeometry()

    def grey_out(self, value: str, reason: str) -> None:
        """Say why one of the choices cannot be taken, or that it can."""
        self.editor.grey_out(value, reason)


def _column(parent: QWidget, *widgets: QWidget) -> None:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(5))
    for widget in widgets:
        column.addWidget(widget)
    if isinstance(widgets[0], Label):
        widgets[0].setVisible(bool(widgets[0].text()))
