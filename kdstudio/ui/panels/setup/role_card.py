"""What the three cards of Setup share: who it is, Choose… or Replace…, an empty place, and what was found wrong."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.ui.panels.setup.checks import CheckRow
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, LinkButton
from kdstudio.ui.widgets.cards import Card, Divider, Glyph
from kdstudio.ui.widgets.labels import Label, MarkLabel, Paragraph
from kdstudio.ui.widgets.layouts import emptied
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.widgets.painting import SHAPES, begin

_LOOKS = {"ok": ("check", "truth"), "note": ("info", "text_3"), "warning": ("alert", "warning")}
BAND_ROWS = 2  # more of them only in the list of all checks


class EmptyRole(EmptyState):
    """A dashed outline, one sentence, Choose…, and a bundled file where there is one."""

    bundledRequested = Signal()

    def __init__(self, role: str, words: str, bundled: str = "") -> None:
        super().__init__(words, "Choose…", "download")
        self._identity = role if role in SHAPES else "text_2"
        self.action.setObjectName(f"choose-{role}")
        self.action.setAccessibleName(f"Choose {role}…")
        self.bundled = Button(bundled or "–", "ghost", size="small")
        self.bundled.setVisible(False)
        self.bundled.clicked.connect(self.bundledRequested)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.count() - 1, self.bundled, 0, Qt.AlignmentFlag.AlignHCenter)
        self.bundled.setVisible(bool(bundled))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the outline."""
        painter, now = begin(self), theme()
        pen = QPen(now.colour(self._identity, 0.55), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), now.px(10), now.px(10))


class Band(QWidget):
    """The lowest lines of a card: what is right, or what is wrong and what to do. `repairAsked` gives the Problem."""

    repairAsked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CheckRow] = []
        self.is_brief = False  # warnings take one line; the drawer has all of them
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(4))
        self.setAccessibleName("Checks")

    def set_rows(self, rows: list[CheckRow]) -> None:
        """Show the first rows; the list of all checks has the others."""
        if rows == self.rows:
            return
        self.rows = rows
        emptied(self._column)
        for row in rows[:BAND_ROWS]:
            self._column.addWidget(_line(row, self.repairAsked.emit, is_brief=self.is_brief))


def _line(row: CheckRow, act: Callable[[Problem], None], *, is_brief: bool) -> QWidget:
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme().px(8))
    severity = "warning" if row.problem is not None and row.problem.action == "trust" else row.severity
    icon, token = _LOOKS.get(severity, ("alert", "error"))
    line.addWidget(Glyph(icon, token, 14, row.severity), 0, Qt.AlignmentFlag.AlignTop)
    told = QVBoxLayout()
    told.setSpacing(0)
    line.addLayout(told, 1)
    words: Label | Paragraph
    if row.severity in ("ok", "note") or (is_brief and row.severity == "warning"):
        words = Label(row.words, "small", "2")
        words.setToolTip(" ".join(filter(None, (row.words, row.hint))) if is_brief else row.hint or row.words)
    else:
        words = Paragraph(row.words, "small", "error" if token == "error" else "2")
        words.setToolTip(row.hint)
    words.setAccessibleDescription(row.hint)
    told.addWidget(words)
    if row.severity == "error" and row.hint:
        told.addWidget(Paragraph(row.hint, "caption", "3"))
    if row.repair and row.problem is not None:
        button = Button(row.repair, "secondary", size="small")
        button.setObjectName(f"repair-{row.problem.action}")
        button.clicked.connect(lambda _=False, problem=row.problem: act(problem))
        told.addSpacing(theme().px(4))
        told.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    return made


class RoleCard(Card):
    """One of teacher, student, data: a header, an empty place or `content`, and a band of checks."""

    chooseRequested = Signal()
    bundledRequested = Signal()
    detailsRequested = Signal()
    repairAsked = Signal(object)  # Problem

    def __init__(self, role: str, title: str, empty: EmptyRole | None) -> None:
        super().__init__()
        self.role = role
        self.details = LinkButton("Details")
        self.details.setObjectName(f"details-{role}")
        self.details.setAccessibleName(f"Details of the {role}")
        self.details.clicked.connect(self.detailsRequested)
        self.setObjectName(f"{role}-card")
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = LinkButton("Replace…")
        self.choose.setObjectName(f"replace-{role}")
        self.choose.setAccessibleName(f"Replace {role}…")
        self.choose.clicked.connect(self.chooseRequested)
        policy = self.choose.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.choose.setSizePolicy(policy)
        self._title = MarkLabel(role if role in SHAPES else "database", title, "h3")
        self.head = head = QHBoxLayout()
        head.setContentsMargins(0, 0, -theme().px(6), 0)  # the words, not their air, end where the card's text does
        head.addWidget(self._title, 1)
        head.addWidget(self.details)
        head.addWidget(self.choose)
        self.add(head)
        self.content = QWidget()
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme().px(4))
        self.empty = empty
        self.add(self.content, 1)
        if empty is not None:
            self.add(empty, 1)
            empty.acted.connect(self.chooseRequested)
            empty.bundledRequested.connect(self.bundledRequested)
        self.band = Band()
        self.band.repairAsked.connect(self.repairAsked)

    def finish_column(self) -> None:
        """Put the divider and the band of checks below what the card has added."""
        self.column.addStretch(1)
        self.column.addSpacing(theme().px(2))
        self.column.addWidget(Divider())
        self.column.addSpacing(theme().px(2))
        self.column.addWidget(self.band)

    def set_empty(self, is_empty: bool) -> None:
        """Show the empty place or the contents."""
        if self.empty is not None:
            self.empty.setVisible(is_empty)
            self.content.setVisible(not is_empty)
            self.choose.setVisible(not is_empty)
            self.details.setVisible(not is_empty)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen yet."""
        return self.empty is not None and not self.empty.isHidden()

    def set_rows(self, rows: list[CheckRow]) -> None:
        """Show what was found; an error also tints the card. That a file is not trusted yet is no error of it."""
        waits = bool(rows) and rows[0].problem is not None and rows[0].problem.action == "trust"
        self.band.set_rows(rows)
        self.set_state("error" if rows and rows[0].severity == "error" and not waits else "")
