"""What lies over the page while files are dragged: who would get them, what they look like, and how to choose."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.panels.drag_chip import DragChip
from kdstudio.ui.panels.dragged import ROLES, Dragged
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.drop_zone import DropZone, ZoneState
from kdstudio.ui.widgets.labels import Label, Paragraph

SCRIM = 0.91
_TITLES = {"teacher": "Teacher", "committee": "Committee", "student": "Student", "data": "Data"}
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class DropOverlay(QWidget):
    """A zone for each role, a chip at the pointer and a sentence. It takes no drops itself: its window does.

    After a drop with Alt held (`choose`) the same zones are buttons: arrows and Enter, or a click.
    """

    chosen = Signal(str)  # a role
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dropOverlay")
        self.setAccessibleName("Drop files")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._dragged: Dragged | None = None
        self.is_choosing = False
        self._at = ROLES[0]
        self.zones = {role: DropZone(role, _TITLES[role]) for role in ROLES}
        self.single = DropZone("file", "Recipe")
        self.single.setObjectName("zoneSingle")
        for role, zone in self.zones.items():
            zone.setObjectName(f"zone{_TITLES[role]}")
            zone.setMouseTracking(True)
            zone.installEventFilter(self)
            zone.pressed.connect(lambda role=role: self._press(role))
        self._hint = _Hint()
        self._lay_out()
        self.chip = DragChip(self)
        self.hide()

    @property
    def hint(self) -> str:
        """The sentence that is shown."""
        return self._hint.sentence.words()

    def start(self, dragged: Dragged, point: QPoint) -> None:
        """Show what is dragged; `point` is the pointer, in this widget."""
        self._dragged, self.is_choosing = dragged, False
        icon, name, kind = dragged.chip()
        self.chip.set_file(icon, name, kind)
        self.chip.show()
        for zone in self.zones.values():
            zone.setVisible(not dragged.opens and (zone.identity != "committee" or dragged.can_join))
        self.single.setVisible(bool(dragged.opens))
        if dragged.opens:
            title, words, below = dragged.single()
            self._retitle(title, words, below)
        self._hint.show_drag(*dragged.hint(), can_choose=dragged.can_choose)
        self.show()
        self.raise_()
        self._column.activate()
        self.hover(point)

    def hover(self, point: QPoint) -> None:
        """The pointer moved: light the zones that would be filled by releasing here."""
        self.chip.follow(point)
        if self._dragged is not None:
            self._light(self._dragged.lit(self.role_at(point)))

    def role_at(self, point: QPoint) -> str | None:
        """Return the role whose zone is at `point`, where it is possible; several files find their roles themselves."""
        if self._dragged is None or self._dragged.opens or len(self._dragged.seen) > 1:
            return None
        under = (role for role, zone in self.zones.items() if not zone.isHidden() and zone.geometry().contains(point))
        return next((role for role in under if role in self._dragged.possible), None)

    def choose(self) -> None:
        """Let the person choose the role now, with keyboard or pointer."""
        if self._dragged is None:
            return
        self.is_choosing = True
        self.chip.hide()
        self._hint.show_choice(self._dragged.seen[0].name)
        self.activateWindow()
        lit = next(iter(sorted(self._dragged.lit(None), key=ROLES.index)), "teacher")
        self._focus(lit if lit in self._dragged.possible else "teacher")

    def finish(self) -> None:
        """Go away."""
        self._dragged, self.is_choosing = None, False
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow pointer and keyboard on the zones while a role is chosen."""
        if self.is_choosing and isinstance(watched, DropZone):
            role = watched.identity
            if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn) and self._can(role):
                self._at = role
                self._light(frozenset((role,)))
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._key(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels; the other keys choose."""
        if not self._key(Qt.Key(event.key())):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim the page."""
        scrim = theme().colour("rail" if theme().is_dark else "window", SCRIM)
        QPainter(self).fillRect(self.rect(), scrim)

    def _key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif self.is_choosing and key in _ENTER:
            self._press(self._at)
        elif self.is_choosing and key in _STEPS:
            places = [role for role in ROLES if self._can(role)]
            at = places.index(self._at) if self._at in places else 0
            self._focus(places[min(max(at + _STEPS[key], 0), len(places) - 1)])
        else:
            return False
        return True

    def _can(self, role: str) -> bool:
        return self._dragged is not None and role in self._dragged.possible

    def _focus(self, role: str) -> None:
        self._at = role
        self.zones[role].setFocus(Qt.FocusReason.TabFocusReason)
        self._light(frozenset((role,)))

    def _press(self, role: str) -> None:
        if self.is_choosing and self._can(role):
            self.chosen.emit(role)

    def _light(self, lit: frozenset[str]) -> None:
        if self._dragged is None:
            return
        for role, zone in self.zones.items():
            if zone.isHidden():
                continue
            state: ZoneState = "lit" if role in lit else "rest" if role in self._dragged.possible else "disabled"
            words, below = self._dragged.zone(role, lit=state == "lit")
            zone.set_state(state, words.replace("Release to let", "Let") if self.is_choosing else words, below)
        self.single.set_state("lit")

    def _retitle(self, title: str, words: str, below: str) -> None:
        """A zone keeps its title, so another kind of file gets another zone."""
        old, self.single = self.single, DropZone("file", title, words, below)
        self.single.setObjectName("zoneSingle")
        self._row.replaceWidget(old, self.single)
        old.setParent(None)
        old.deleteLater()

    def _lay_out(self) -> None:
        px = theme().px
        self._row = QHBoxLayout()
        self._row.setSpacing(px(2))
        teachers = QVBoxLayout()
        teachers.setSpacing(px(2))
        for role in ("teacher", "committee"):
            teachers.addWidget(self.zones[role], 1)
        self._row.addLayout(teachers, 1)
        for zone in (self.zones["student"], self.zones["data"], self.single):
            self._row.addWidget(zone, 1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(24), px(12), px(24))
        column.setSpacing(0)
        column.addStretch(9)
        column.addLayout(self._row, 96)
        column.addSpacing(px(36))
        inset = QHBoxLayout()
        inset.setContentsMargins(px(12), 0, px(12), 0)
        inset.addWidget(self._hint)
        column.addLayout(inset)
        column.addStretch(48)


class _Hint(QFrame):
    """The sentence, how it is known, and the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setProperty("state", "active")
        self.setObjectName("dropHint")
        px = theme().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(22), px(11), px(20), px(11))
        row.setSpacing(px(9))
        self.sentence, self.below = Paragraph("", "h3", "1"), Paragraph("", "small", "3")
        words = QVBoxLayout()
        words.setSpacing(px(1))
        words.addWidget(self.sentence)
        words.addWidget(self.below)
        row.addWidget(Glyph("bulb", "teacher", 16), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self._alt = [
            Label("Hold", "small", "2", elide=False),
            _key("Alt"),
            Label("to choose the role after dropping", "small", "2"),
        ]
        self._arrows = [
            _key("←"),
            _key("→"),
            Label("and", "small", "2", elide=False),
            _key("Enter"),
            Label("choose", "small", "2", elide=False),
        ]
        for label in (*self._alt, *self._arrows):
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(px(12))
        row.addWidget(_key("Esc"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(Label("cancels", "small", "2", elide=False), 0, Qt.AlignmentFlag.AlignVCenter)

    def show_drag(self, words: str, below: str, *, can_choose: bool) -> None:
        """Say what the files look like."""
        self._show(words, below, alt=can_choose, arrows=False)

    def show_choice(self, name: str) -> None:
        """Ask for the role."""
        self._show(f"What shall “{name}” be?", "Choose a role.", alt=False, arrows=True)

    def _show(self, words: str, below: str, *, alt: bool, arrows: bool) -> None:
        self.sentence.set_words(words)
        self.below.set_words(below)
        for label in self._alt:
            label.setVisible(alt)
        for label in self._arrows:
            label.setVisible(arrows)


def _key(words: str) -> Label:
    """Return a key cap."""
    label = Label(words, "caption", "2", elide=False)
    label.setProperty("kind", "keycap")
    return label
