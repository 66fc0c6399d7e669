"""Drawing an input of any kind: pictures as they are, sound in the ink of the theme, words and cells as text."""

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPixmap, QTextLayout, QTextOption

from kdstudio.data.face import MISSING, Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT, line_height, text, width
from kdstudio.ui.widgets.pictures import corner_radius, stretched, thumbnail

LEADING = 1.32  # line height of words, as a share of the font's own
CELL, COLUMN = 18, 150  # pixels: a row of cells, and the least width of a column of them


def portrait(face: Face, size: QSize, ratio: float, *, nearest: bool = False) -> QPixmap:
    """Return an input as a pixmap, `size` in device-independent pixels: a square picture, or its words as they wrap."""
    if face.kind == "image" and face.picture is not None:
        return thumbnail(face.picture, min(size.width(), size.height()), ratio, nearest=nearest)
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    rect = QRectF(0, 0, size.width(), size.height())
    if face.picture is not None:
        draw_sound(painter, rect, face.picture, ratio)
    else:
        draw_words(painter, rect, face.line, "small")
    painter.end()
    return made


def draw_sound(painter: QPainter, rect: QRectF, picture: np.ndarray, ratio: float) -> None:
    """Draw a spectrogram (1, H, W) 0..1 over all of `rect`: silence is the surface of a field, loudness its text."""
    low, high = (_channels(token) for token in ("surface_2", "text_1"))
    inked = (low[:, None, None] + picture * (high - low)[:, None, None]).round().astype(np.uint8)
    image = stretched(inked, round(rect.width() * ratio), round(rect.height() * ratio))
    brush = QBrush(image)
    brush.setTransform(brush.transform().translate(rect.left(), rect.top()).scale(1 / ratio, 1 / ratio))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    radius = theme().px(corner_radius(min(rect.width(), rect.height())))
    painter.drawRoundedRect(rect, radius, radius)


def _channels(token: str) -> np.ndarray:
    colour = theme().colour(token)
    return np.array([colour.red(), colour.green(), colour.blue()])


def draw_words(painter: QPainter, rect: QRectF, words: str, role: str, token: str = "text_1") -> bool:
    """Draw words over as many lines as `rect` has room for; return whether the last one had to be elided."""
    pitch = line_height(role) * LEADING
    room = max(1, int((rect.height() + pitch - line_height(role) + 0.5) // pitch))
    lines = wrapped(words, rect.width(), role)
    painter.setFont(theme().font(role))
    painter.setPen(theme().colour(token))
    for at, (start, line) in enumerate(lines[:room]):
        is_cut = at == room - 1 and len(lines) > room
        shown = QFontMetricsF(painter.font()).elidedText(
            words[start:] if is_cut else line, Qt.TextElideMode.ElideRight, rect.width()
        )
        place = QRectF(rect.left(), rect.top() + at * pitch, rect.width() + 1, line_height(role))
        painter.drawText(place, LEFT | Qt.TextFlag.TextSingleLine, shown)
    return len(lines) > room


def wrapped(words: str, wide: float, role: str) -> list[tuple[int, str]]:
    """Return the lines of `words` at a width, each with the place where it begins; a long word is broken."""
    layout = QTextLayout(words, theme().font(role))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    found: list[tuple[int, str]] = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, wide))
        found.append((line.textStart(), words[line.textStart() : line.textStart() + line.textLength()].rstrip()))
        if len(found) > 400:  # nobody reads further, and it would take time
            break
    layout.endLayout()
    return found


def words_height(words: str, wide: float, role: str, most: int) -> float:
    """Return the height of words at a width, of at most so many lines."""
    lines = min(most, max(1, len(wrapped(words, wide, role))))
    return lines * line_height(role) * LEADING - line_height(role) * (LEADING - 1)


def cell_columns(wide: float) -> int:
    """Return how many columns of cells stand side by side."""
    return max(1, int(wide // theme().px(COLUMN)))


def cells_height(count: int, wide: float) -> int:
    """Return the height of so many cells at a width."""
    return math.ceil(count / cell_columns(wide)) * theme().px(CELL)


def draw_cells(painter: QPainter, rect: QRectF, cells: tuple[tuple[str, str], ...]) -> bool:
    """Draw names and values from top to bottom, then in the next column; return whether some had to be left out."""
    px, columns = theme().px, cell_columns(rect.width())
    rows = max(1, int((rect.height() + 1) // px(CELL)))
    if rows * columns >= len(cells):
        rows = math.ceil(len(cells) / columns)
    shown = cells if rows * columns >= len(cells) else cells[: rows * columns - 1]
    gap = px(20)
    wide = (rect.width() - gap * (columns - 1)) / columns
    for at, (name, value) in enumerate(shown):
        column, row = divmod(at, rows)
        place = QRectF(rect.left() + column * (wide + gap), rect.top() + row * px(CELL), wide, px(CELL))
        _draw_cell(painter, place, name, value)
    if len(shown) < len(cells):
        column, row = divmod(len(shown), rows)
        place = QRectF(rect.left() + column * (wide + gap), rect.top() + row * px(CELL), wide, px(CELL))
        text(painter, place, f"and {len(cells) - len(shown)} more", "small", "text_3", LEFT)
    return len(shown) < len(cells)


def _draw_cell(painter: QPainter, rect: QRectF, name: str, value: str) -> None:
    """Where both do not fit, the name gets just less than half."""
    gap, told = theme().px(8), width(value, "smallm") + 1
    named = min(width(name, "small") + 1, max(rect.width() * 0.45, rect.width() - told - gap))
    tone = "text_3" if value == MISSING else "text_1"
    text(painter, QRectF(rect.left(), rect.top(), named, rect.height()), name, "small", "text_2", LEFT)
    text(painter, rect.adjusted(named + gap, 0, 0, 0), value, "smallm", tone, RIGHT)
