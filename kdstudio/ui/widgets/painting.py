"""What painted widgets share: marks of identity, text that is elided and never clipped, focus rings, number formats."""

import math
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from kdstudio.ui.theme import theme

Shape = Literal["circle", "diamond", "ring", "line", "square", "tick", "none"]
SHAPES: dict[str, Shape] = {"teacher": "circle", "student": "diamond", "baseline": "ring"}  # identity → shape
MARKS: dict[str, str] = {"teacher": "●", "student": "◆", "baseline": "○"}  # the same in words
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
MINUS, THIN_SPACE = "\N{MINUS SIGN}", "\N{THIN SPACE}"


def begin(widget: QWidget) -> QPainter:
    """Return an antialiased painter on `widget`."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    return painter


def box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None = None,
    edge: QColor | None = None,
    width: float = 1.0,
) -> None:
    """Draw a rounded box with the edge inside `rect`."""
    half = width / 2 if edge else 0.0
    painter.setPen(QPen(edge, width) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(fill) if fill else Qt.BrushStyle.NoBrush)
    inner = rect.adjusted(half, half, -half, -half)
    radius = max(0.0, min(radius - half, inner.width() / 2, inner.height() / 2))
    painter.drawRoundedRect(inner, radius, radius)


def focus_ring(painter: QPainter, rect: QRectF, radius: float) -> None:
    """Draw the 2 px keyboard ring inside `rect`."""
    box(painter, rect, radius, None, theme().colour("text_1"), 2.0)


def text(
    painter: QPainter,
    rect: QRectF,
    words: str,
    role: str | QFont,
    token: str | QColor = "text_1",
    align: Qt.AlignmentFlag = LEFT,
) -> bool:
    """Draw one line, elided to `rect`; return whether it had to be elided."""
    face = theme().font(role) if isinstance(role, str) else role
    painter.setFont(face)
    painter.setPen(theme().colour(token) if isinstance(token, str) else token)
    metrics = QFontMetricsF(face)
    shown = words if width(words, face) <= rect.width() + 0.5 else metrics.elidedText(words, _ELIDE, rect.width())
    painter.drawText(rect, align | Qt.TextFlag.TextSingleLine, shown)
    return shown != words


def width(words: str, role: str | QFont) -> float:
    """Return the advance of one line in device-independent pixels."""
    return QFontMetricsF(theme().font(role) if isinstance(role, str) else role).horizontalAdvance(words)


def line_height(role: str) -> float:
    """Return the height of one line of a role."""
    return QFontMetricsF(theme().font(role)).height()


def mark(painter: QPainter, shape: Shape, centre: QPointF, size: float, token: str, halo: QColor | None = None) -> None:
    """Draw ● ◆ ○ and the like, `size` pixels across; `halo` is a rim that sets it off from what lies beneath."""
    colour, radius = theme().colour(token), size / 2
    if shape == "none":
        return
    if halo is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(halo)
        painter.drawEllipse(centre, radius + 2, radius + 2)
    edge = theme().colour("teacher_edge") if token == "teacher" and not theme().is_dark else None
    painter.setPen(QPen(edge, 1) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if shape == "circle":
        painter.drawEllipse(centre, radius, radius)
    elif shape == "diamond":
        painter.drawPolygon(diamond(centre, radius * 1.18))
    elif shape == "ring":
        painter.setPen(QPen(colour, max(1.6, size * 0.2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius - 0.8, radius - 0.8)
    elif shape == "square":
        painter.drawRoundedRect(QRectF(centre.x() - radius, centre.y() - radius, size, size), 2, 2)
    else:
        _stroke(painter, shape, centre, size, edge or colour)


def diamond(centre: QPointF, radius: float) -> QPolygonF:
    """Return a square on its tip."""
    x, y = centre.x(), centre.y()
    return QPolygonF([QPointF(x, y - radius), QPointF(x + radius, y), QPointF(x, y + radius), QPointF(x - radius, y)])


def probability(value: float) -> str:
    """Return `.41`, `<.01`, `1.0`: two figures, no leading zero."""
    if math.isnan(value):
        return "–"
    if 0 < value < 0.005:
        return "<.01"
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]


def percent(value: float | None, digits: int = 1) -> str:
    """Return `86.2%` for 0.862, and a dash for what is not known."""
    return "–" if value is None or math.isnan(value) else f"{value * 100:.{digits}f}%".replace("-", MINUS)


def count(value: int) -> str:
    """Return `383 210` with thin spaces."""
    return f"{value:,}".replace(",", THIN_SPACE).replace("-", MINUS)


def number(value: float | None, digits: int = 2, *, sign: bool = False) -> str:
    """Return `.44`, `0.02`-like numbers with a real minus, and a dash for what is not known."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", MINUS)


_ELIDE = Qt.TextElideMode.ElideRight


def _stroke(painter: QPainter, shape: Shape, centre: QPointF, size: float, colour: QColor) -> None:
    half = size / 2
    painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    if shape == "line":
        painter.drawLine(QPointF(centre.x() - half, centre.y()), QPointF(centre.x() + half, centre.y()))
    else:
        painter.drawLine(QPointF(centre.x(), centre.y() - half), QPointF(centre.x(), centre.y() + half))
