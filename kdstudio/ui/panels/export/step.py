"""One step of a form: a badge that turns into a tick, a title, and what is to be filled in."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading
from kdstudio.ui.widgets.painting import CENTRE, begin, box, text


class Badge(QWidget):
    """A round number; a tick once the step is done; a sign of danger where it failed."""

    def __init__(self, number: int | None = None, size: int = 24) -> None:
        super().__init__()
        self._number, self._side, self._state = number, size, "open"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state("open")

    def set_state(self, state: str) -> None:
        """Show `open` (the number), `done` or `error`."""
        self._state = state
        self.setAccessibleName(f"Step {self._number}: {state}" if self._number is not None else state.capitalize())
        self.update()

    @property
    def state(self) -> str:
        """open, done or error."""
        return self._state

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(self._side), theme().px(self._side))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the badge."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        token = {"done": "truth", "error": "error"}.get(self._state)
        fill = now.colour(token, 0.16) if token else now.colour("surface_2")
        box(painter, rect, rect.height() / 2, fill, now.colour(token or "line_strong"), 1.4)
        if token is None:
            text(painter, rect, "" if self._number is None else str(self._number), "smallm", "text_2", CENTRE)
            return
        inset = rect.width() * 0.2
        icon = "check" if self._state == "done" else "alert"
        icons.draw(painter, icon, rect.adjusted(inset, inset, -inset, -inset), token)


class Step(QWidget):
    """A numbered step; `body` takes its contents."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.badge = Badge(number)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme().px(8))
        self.body.addWidget(Heading(title, 2))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(14))
        row.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self.body, 1)

    def add(self, item: QWidget | QLayout) -> None:
        """Put a widget or a layout below the others."""
        if isinstance(item, QLayout):
            self.body.addLayout(item)
        else:
            self.body.addWidget(item)
