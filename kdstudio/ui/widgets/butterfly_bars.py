"""How the two wings are drawn: shared by the butterfly and by the probes, so that they read the same."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from kdstudio.ui.theme import theme
from kdstudio.ui.tokens import OTHER_OPACITY, TOP_OPACITY
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, SHAPES, Shape, mark, text, width

LegendEntry = tuple[Shape | Literal["bar"], str, str]  # shape, colour token, words

TICK_HIDDEN = 0.012  # smaller differences put the teacher's tick on the end of the bar itself
RING_HIDDEN = 0.035  # below, for student and baseline alike, the ring would only hide the bar
GHOST_OPACITY = 0.22


@dataclass(frozen=True, slots=True)
class Wings:
    """Where the parts of one picture lie, in pixels from the left: two wings around a gutter of names."""

    left: float  # outer end of the teacher's wing
    gutter_left: float
    gutter_right: float
    right: float  # outer end of the student's wing
    bar: float  # height of a bar

    @property
    def reach(self) -> float:
        """Length of the longest bar."""
        return min(self.gutter_left - self.left, self.right - self.gutter_right)


def teacher_bar(
    painter: QPainter, wings: Wings, middle: float, share: float, *, is_top: bool, token: str = "teacher"
) -> None:
    """Draw the bar from the gutter to the left, the teacher's; in the light theme it has an edge."""
    wide = max(share * wings.reach, 1.5) if share > 0 else 0.0
    rect = QRectF(wings.gutter_left - wide, middle - wings.bar / 2, wide, wings.bar)
    _bar(painter, rect, token, TOP_OPACITY if is_top else OTHER_OPACITY)


def student_bar(
    painter: QPainter, wings: Wings, middle: float, share: float, *, is_top: bool, token: str = "student"
) -> None:
    """Draw the bar from the gutter to the right, the student's."""
    wide = max(share * wings.reach, 1.5) if share > 0 else 0.0
    rect = QRectF(wings.gutter_right, middle - wings.bar / 2, wide, wings.bar)
    _bar(painter, rect, token, TOP_OPACITY if is_top else OTHER_OPACITY)


def ghost(painter: QPainter, wings: Wings, middle: float, share: float) -> None:
    """Draw how long the student's bar was before, to be covered by what it is now."""
    rect = QRectF(wings.gutter_right, middle - wings.bar / 2, share * wings.reach, wings.bar)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().colour("student", GHOST_OPACITY))
    painter.drawRoundedRect(rect, 2.5, 2.5)


def notch(painter: QPainter, wings: Wings, middle: float, share: float) -> None:
    """Draw where the student's bar ended before it grew."""
    x = wings.gutter_right + share * wings.reach
    painter.setPen(QPen(theme().colour("surface_1", 0.8), 2))
    painter.drawLine(QPointF(x, middle - wings.bar / 2), QPointF(x, middle + wings.bar / 2))


def teacher_tick(painter: QPainter, wings: Wings, middle: float, share: float) -> None:
    """Draw the teacher's level on the student's side."""
    x = wings.gutter_right + share * wings.reach
    half = wings.bar / 2 + 3
    painter.setPen(QPen(theme().colour("teacher_edge"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))


def baseline_ring(painter: QPainter, wings: Wings, middle: float, share: float) -> None:
    """Draw what the same student would say without a teacher."""
    centre = QPointF(wings.gutter_right + max(share * wings.reach, 4.0), middle)
    mark(painter, "ring", centre, theme().px(8), "baseline", theme().colour("surface_1"))


def headers(
    painter: QPainter,
    wings: Wings,
    top: float,
    height: float,
    names: tuple[str, str],
    sides: tuple[str, str] = ("teacher", "student"),
) -> None:
    """Draw ● Teacher against the gutter's left edge and Student ◆ against its right one; `sides` say who they are."""
    px, middle = theme().px, top + height / 2
    first, second = names
    wide = min(width(first, "smallm") + 2, wings.gutter_left - px(16))
    text(painter, QRectF(wings.gutter_left - wide, top, wide, height), first, "smallm", f"{sides[0]}_text", RIGHT)
    mark(painter, SHAPES[sides[0]], QPointF(wings.gutter_left - wide - px(8), middle), px(8), sides[0])
    wide = min(width(second, "smallm") + 2, wings.gutter_left - px(16))
    text(painter, QRectF(wings.gutter_right, top, wide, height), second, "smallm", f"{sides[1]}_text", LEFT)
    mark(painter, SHAPES[sides[1]], QPointF(wings.gutter_right + wide + px(8), middle), px(8), sides[1])


def legend(painter: QPainter, left: float, middle: float, entries: list[LegendEntry]) -> None:
    """Draw entries in one line."""
    px, x = theme().px, left
    for shape, token, words in entries:
        if shape == "bar":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour(token, 0.4))
            painter.drawRoundedRect(QRectF(x, middle - px(4), px(12), px(8)), 2, 2)
        else:
            size = px(12) if shape == "tick" else px(8)
            mark(painter, shape, QPointF(x + px(5), middle), size, token)
        wide = width(words, "caption") + 2
        text(painter, QRectF(x + px(16), middle - px(10), wide, px(20)), words, "caption", "text_3", LEFT)
        x += px(16) + wide + px(14)


def class_name(painter: QPainter, rect: QRectF, name: str, tone: str, *, is_truth: bool, underline: bool) -> None:
    """Draw a class's name in the gutter; the true one is green, and underlined where there is room."""
    role = "smallm" if is_truth else "small"
    text(painter, rect, name, role, "truth" if is_truth else tone, CENTRE)
    if is_truth and underline:
        half = min(width(name, role), rect.width()) / 2
        y = rect.center().y() + theme().px(9)
        painter.setPen(QPen(theme().colour("truth"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(rect.center().x() - half, y), QPointF(rect.center().x() + half, y))


def _bar(painter: QPainter, rect: QRectF, token: str, opacity: float) -> None:
    if rect.width() <= 0:
        return
    now = theme()
    edged = token == "teacher" and not now.is_dark
    painter.setPen(QPen(now.colour("teacher_edge"), 1) if edged else Qt.PenStyle.NoPen)
    painter.setBrush(now.colour(token, opacity))
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5) if edged and rect.width() > 2 else rect
    radius = min(2.5, inner.width() / 2)
    painter.drawRoundedRect(inner, radius, radius)
