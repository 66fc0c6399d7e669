"""All methods to choose from, by family: typing searches, Enter adds; what cannot be used says why."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from kdstudio.recipe.problems import Catalogue, Entry
from kdstudio.ui import icons
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.families import FAMILIES
from kdstudio.ui.panels.methods.method_needs import unmet
from kdstudio.ui.panels.methods.papers import authors
from kdstudio.ui.panels.popover import Popover
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.buttons import LinkButton
from kdstudio.ui.widgets.choice_row import ChoiceRow
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import RIGHT, text, width

WIDTH, HEIGHT, ROW = 520, 480, 50


class MethodChoiceRow(ChoiceRow):
    """One method: title and paper, below them its first sentence, or why it cannot be used."""

    def __init__(self, entry: Entry, reason: str) -> None:
        super().__init__(ROW, 10)
        self.entry, self.reason = entry, reason
        self._line = reason or entry.help.partition(". ")[0].rstrip(".") + "."
        self.setObjectName(f"choose-{entry.name}")
        self.setText(entry.title)
        self.setAccessibleName(f"{entry.title}: {self._line}")
        self.setToolTip(reason or entry.help)
        self.setEnabled(not reason)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        (painter, place), px = self.begin_row(), theme().px
        inner = place.adjusted(0, px(6), 0, -px(6))
        half, cited = inner.height() / 2, authors(self.entry.paper)
        upper, lower = QRectF(inner), QRectF(inner)
        upper.setHeight(half)
        lower.setTop(inner.top() + half)
        is_on = self.isEnabled()
        text(painter, upper, cited, "caption", "text_3" if is_on else "disabled", RIGHT)
        upper.setRight(upper.right() - width(cited, "caption") - px(12))
        text(painter, upper, self.text(), "bodym", "text_1" if is_on else "disabled")
        if not is_on:
            icons.draw(painter, "alert", QRectF(lower.left(), lower.center().y() - px(6), px(12), px(12)), "text_3")
            lower.setLeft(lower.left() + px(18))
        text(painter, lower, self._line, "small", "text_2" if is_on else "text_3")


class MethodChooser(Popover):
    """Up and Down move, Enter chooses, Escape closes; `chosen` gives a name."""

    chosen = Signal(str)
    leftOutRequested = Signal()

    def __init__(self, parent: QWidget, catalogue: Catalogue, draft: Draft) -> None:
        super().__init__(parent, "Add method", WIDTH)
        self.setObjectName("method-chooser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._lit = -1
        self.field = QLineEdit()
        self.field.setPlaceholderText(f"Search {len(catalogue.methods)} methods: name, paper, what it does")
        self.field.setAccessibleName("Search methods")
        self.field.setProperty("role", "body")
        apply_role(self.field)
        self.nothing = Label("No method is called that.", "small", "3")
        self.headings: dict[str, Label] = {}
        self.rows: list[MethodChoiceRow] = []
        inner = QWidget()
        inner.setObjectName("scrolled")
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, theme().px(4), 0)
        lines.setSpacing(0)
        self._fill(lines, catalogue, draft)
        self.area = scroll_area(inner)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setAccessibleName("Methods")
        self.column.addWidget(self.field)
        self.column.addWidget(self.area, 1)
        self.left_out = LinkButton("What is left out, and why", "help")
        self.left_out.setObjectName("left-out")
        self.left_out.clicked.connect(self._ask_left_out)
        self.column.addWidget(self.left_out, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFixedHeight(theme().px(HEIGHT))
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._search("")

    def shown(self) -> list[MethodChoiceRow]:
        """The rows that the search has left."""
        return [row for row in self.rows if not row.isHidden()]

    def open_at(self, widget: QWidget) -> None:
        """Show it below `widget` where there is room, else above, within the window; typing searches at once."""
        window, px = widget.window(), theme().px
        self.setFixedHeight(min(px(HEIGHT), window.height() - px(32)))
        corner = widget.mapTo(window, QPoint(widget.width() - self.width(), widget.height() + px(6)))
        x = min(max(px(16), corner.x()), window.width() - self.width() - px(16))
        y = min(corner.y(), window.height() - self.height() - px(16))
        self.move(window.mapToGlobal(QPoint(x, max(px(16), y))))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move the choice."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -6, Qt.Key.Key_PageDown: 6}
            if event.key() in moves:
                self._light(self._lit + moves[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self._able()[self._lit] if self._able() else None)
                return True
        return super().eventFilter(watched, event)

    def _fill(self, lines: QVBoxLayout, catalogue: Catalogue, draft: Draft) -> None:
        families = [*FAMILIES, *sorted({entry.family for entry in catalogue.methods} - set(FAMILIES))]
        for family in families:
            entries = sorted((e for e in catalogue.methods if e.family == family), key=lambda one: one.title.casefold())
            if not entries:
                continue
            heading = self.headings[family] = Label(FAMILIES.get(family, family.capitalize()), "caption", "3")
            heading.setContentsMargins(theme().px(10), theme().px(8), 0, theme().px(2))
            lines.addWidget(heading)
            for entry in entries:
                row = MethodChoiceRow(entry, unmet(entry, draft))
                row.clicked.connect(lambda _=False, row=row: self._choose(row))
                lines.addWidget(row)
                self.rows.append(row)
        lines.addWidget(self.nothing)
        lines.addStretch(1)

    def _search(self, typed: str) -> None:
        words = typed.casefold().split()
        for row in self.rows:
            row.setVisible(all(word in _told(row.entry) for word in words))
        families = {row.entry.family for row in self.shown()}
        for family, heading in self.headings.items():
            heading.setVisible(family in families)
        self.nothing.setVisible(not families)
        self._light(0)

    def _able(self) -> list[MethodChoiceRow]:
        return [row for row in self.shown() if row.isEnabled()]

    def _light(self, at: int) -> None:
        able = self._able()
        self._lit = min(max(at, 0), len(able) - 1)
        for row in self.rows:
            row.set_lit(bool(able) and row is able[self._lit])
        if able:
            self.area.ensureWidgetVisible(able[self._lit], 0, theme().px(34))

    def _ask_left_out(self) -> None:
        self.close()
        self.leftOutRequested.emit()

    def _choose(self, row: MethodChoiceRow | None) -> None:
        if row is not None and row.isEnabled():
            self.close()
            self.chosen.emit(row.entry.name)


def _told(entry: Entry) -> str:
    words = (entry.name.replace("_", " "), entry.title, entry.family, entry.paper, entry.help)
    return " ".join(words).casefold()
