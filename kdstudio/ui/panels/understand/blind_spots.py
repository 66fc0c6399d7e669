"""Blind spots: mistakes that both models make and are sure of, grouped, with pictures."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.rows import Rows
from kdstudio.ui import icons
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import LEFT, RIGHT, begin, box, count, focus_ring, text, width

SHOWN, PICTURES, SIDE = 3, 5, 26


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs (rows of the data, surest first) of one true class that both models take for the same other one."""

    true: str
    said: str
    rows: Rows
    alone: int | None = None  # of these, how many the student without a teacher takes for the same class

    @property
    def words(self) -> str:
        """The group for the breadcrumb."""
        return f"Blind spot {self.true} → {self.said}"

    @property
    def sentence(self) -> str:
        """What the row shows, in words."""
        beside = (
            "" if self.alone is None else f" Without a teacher the student does so for {count(self.alone)} of them."
        )
        what = f"inputs of {self.true} are" if len(self.rows) != 1 else f"input of {self.true} is"
        return f"{count(len(self.rows))} {what} surely taken for {self.said} by teacher and student.{beside}"


class BlindSpotRow(Hovered, QAbstractButton):
    """Shirt → T-shirt, some of the pictures, and how many there are."""

    def __init__(self, group: Group, pictures: SamplePictures) -> None:
        super().__init__()
        self.spot, self._pictures = group, pictures
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.update)
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{group.words}, {len(group.rows)} inputs")
        self.setAccessibleDescription(group.sentence)
        self.setToolTip(group.sentence)

    def sizeHint(self) -> QSize:
        """A row as high as its pictures."""
        return QSize(theme().px(330), theme().px(32))

    def minimumSizeHint(self) -> QSize:
        """Room for the words and one picture."""
        return QSize(theme().px(180), theme().px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw words, pictures, count."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        if self.is_hovered:
            box(painter, rect, px(7), theme().colour("surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(7))
        right = rect.right() - self._paint_numbers(painter, rect.adjusted(0, 0, -px(4), 0)) - px(4)
        places = self._places(right)
        self._paint_words(painter, QRectF(px(4), 0, (places[0].left() if places else right) - px(12), rect.height()))
        self._pictures.begin()
        for place, row in zip(places, self.spot.rows, strict=False):
            picture = self._pictures.pixmap(row, place.size().toSize(), self.devicePixelRatioF())
            if picture is not None:
                painter.drawPixmap(place.topLeft(), picture)
            elif not self._pictures.is_read:
                box(painter, place, px(6), theme().colour("surface_3"))
        if self._pictures.is_behind:
            self._again.start()

    def _paint_numbers(self, painter: QPainter, rect: QRectF) -> float:
        """Write how many there are, and how many of them without a teacher; return the width that this takes."""
        px, alone = theme().px, self.spot.alone
        beside = 0.0
        if alone is not None:
            beside = max(width(count(alone), "smallm"), px(16)) + px(8)
            text(painter, rect, count(alone), "smallm", "baseline_text", RIGHT)
        number = count(len(self.spot.rows))
        text(painter, rect.adjusted(0, 0, -beside, 0), number, "smallm", "student_text", RIGHT)
        return max(width(number, "smallm"), px(16)) + beside + px(8)

    def _places(self, right: float) -> list[QRectF]:
        """Return where pictures stand that end at `right`; of inputs that are read, one line of the surest."""
        px = theme().px
        if self._pictures.is_read:
            line = px(17)
            return [QRectF(px(150), (self.height() - line) / 2, right - px(150), line)]
        shown = min(PICTURES, len(self.spot.rows))
        while shown > 1 and right - shown * px(SIDE + 5) < px(150):
            shown -= 1
        left, top = right - shown * px(SIDE + 5), (self.height() - px(SIDE)) / 2
        return [QRectF(left + at * px(SIDE + 5), top, px(SIDE), px(SIDE)) for at in range(shown)]

    def _paint_words(self, painter: QPainter, rect: QRectF) -> None:
        px = theme().px
        wide = min(width(self.spot.true, "smallm") + 1, rect.width() * 0.48)
        text(painter, QRectF(rect.left(), 0, wide, rect.height()), self.spot.true, "smallm", "truth", LEFT)
        x = rect.left() + wide + px(7)
        icons.draw(painter, "arrow-right", QRectF(x, rect.center().y() - px(6), px(12), px(12)), "text_3")
        x += px(19)
        text(painter, QRectF(x, 0, rect.right() - x, rect.height()), self.spot.said, "smallm", "text_1", LEFT)


class BlindSpots(QWidget):
    """The largest groups, one below the other; `chosen` gives the group that was clicked."""

    chosen = Signal(object)

    def __init__(self, pictures: SamplePictures) -> None:
        super().__init__()
        self._pictures = pictures
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._none = Label("No mistake that both are sure of.", "small", "2")
        self._column.addWidget(self._none)
        self._groups: list[Group] = []
        self.buttons: list[BlindSpotRow] = []
        self.setAccessibleName("Blind spots")

    def set_groups(self, groups: list[Group]) -> None:
        """Show the first of these groups."""
        if groups == self._groups and self.buttons:
            return
        self._groups = groups
        for button in self.buttons:
            button.setParent(None)
            button.deleteLater()
        self.buttons = [BlindSpotRow(group, self._pictures) for group in groups[:SHOWN]]
        for button in self.buttons:
            button.clicked.connect(lambda _=False, group=button.spot: self.chosen.emit(group))
            self._column.addWidget(button)
        self._none.setVisible(not groups)
