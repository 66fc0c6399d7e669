"""The cells of a matrix: their colours, the grid over them, the numbers in them, and the scale beside them."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QStaticText

from kdstudio.ui.charts import ramps
from kdstudio.ui.charts.matrix_places import Places
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, MINUS, text

BRIGHT, SUNK = QColor(255, 255, 255), QColor(17, 19, 23)
ROUND = 24  # classes up to which cells have round corners and numbers


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix: `values` (C, C) in the shown order, NaN where nothing is shown; `who` is an identity or
    "difference"; `top` is the value of the strongest colour, `least` the smallest that is written into its cell.
    """

    who: str
    title: str
    values: np.ndarray
    top: float
    least: float
    is_share: bool = True
    caption: str = ""

    def words(self, value: float, *, sign: bool = False) -> str:
        """Return a value as its cell shows it: percent or a count."""
        number = value * 100 if self.is_share else value
        digits = 1 if self.is_share and self.top < 0.02 else 0
        return f"{number:{'+' if sign else ''}.{digits}f}".replace("-", MINUS)

    def colours(self, *, is_log: bool) -> np.ndarray:
        """Return the colours of the cells, (…, 3) uint8; cells without a value have the surface's."""
        now, values = theme(), np.nan_to_num(self.values)
        share = np.abs(values) / max(self.top, 1e-12)
        if is_log:
            share = np.log1p(share * 99) / np.log(100)
        if self.who == "difference":
            found = ramps.at_share(ramps.diverging(dark=now.is_dark), np.clip(share, 0, 1) * np.sign(values) / 2 + 0.5)
        else:
            who = "teacher" if self.who == "teacher" else "student"
            found = ramps.at_share(ramps.sequential(who, dark=now.is_dark), np.clip(share, 0, 1))
        tone = now.colour("surface_2")
        found[np.isnan(self.values)] = (tone.red(), tone.green(), tone.blue())
        return found


class Cells:
    """Draws matrices. What does not change with the lens is drawn once and kept: the grid, and each number's shape."""

    def __init__(self) -> None:
        self._grid: tuple[object, QPixmap] | None = None
        self._numbers: dict[str, QStaticText] = {}
        self._font: object = None

    def draw(self, painter: QPainter, places: Places, which: int, one: Matrix, *, is_log: bool) -> None:
        """Draw one matrix: colours as one picture, over them a grid with round holes, then the numbers."""
        colours, rect = one.colours(is_log=is_log), places.grids[which]
        ratio = painter.device().devicePixelRatioF()
        draw_picture(painter, rect, colours, ratio)
        if len(colours) > ROUND:
            return
        painter.drawPixmap(rect.topLeft(), self._lattice(places, ratio))
        painter.setPen(QPen(theme().colour("text_3", 0.5), 1))
        for k in range(len(colours)):
            c = places.cell_rect(which, k, k).center()
            painter.drawLine(QPointF(c.x() - 2.5, c.y() + 3), QPointF(c.x() + 2.5, c.y() - 3))
        if places.cell >= theme().px(17):
            self._draw_numbers(painter, places, which, one, colours)

    def draw_scale(self, painter: QPainter, rect: QRectF, one: Matrix, *, is_log: bool) -> None:
        """Draw which colour is how much."""
        is_difference = one.who == "difference"
        values = np.linspace(one.top, -one.top if is_difference else 0.0, 64)[:, None]
        colours = Matrix(one.who, "", values, one.top, 0.0).colours(is_log=is_log)
        draw_picture(painter, rect, colours, painter.device().devicePixelRatioF())
        px, unit = theme().px, ("" if not one.is_share else " pts" if is_difference else "%")
        shown = [(rect.top(), one.top), (rect.bottom(), -one.top if is_difference else 0.0)]
        for y, value in (*shown, *([(rect.center().y(), 0.0)] if is_difference else [])):
            words = one.words(value, sign=is_difference and value != 0) + (unit if value == one.top else "")
            label = QRectF(rect.right() + px(5), y - px(8), px(44), px(16))
            text(painter, label, words, "micro", "text_2", LEFT)

    def _draw_numbers(self, painter: QPainter, places: Places, which: int, one: Matrix, colours: np.ndarray) -> None:
        font = theme().font("micro")
        if font != self._font:
            self._font, self._numbers = font, {}
        painter.setFont(font)
        luma = colours @ np.array([0.299, 0.587, 0.114])
        with np.errstate(invalid="ignore"):
            written = np.argwhere(np.abs(one.values) >= one.least)
        for i, j in written.tolist():
            words = one.words(float(one.values[i, j]), sign=one.who == "difference")
            shape = self._numbers.get(words)
            if shape is None:
                shape = self._numbers[words] = QStaticText(words)
                shape.prepare(font=font)
            size, centre = shape.size(), places.cell_rect(which, i, j).center()
            painter.setPen(SUNK if luma[i, j] > 120 else BRIGHT)
            painter.drawStaticText(QPointF(centre.x() - size.width() / 2, centre.y() - size.height() / 2), shape)

    def _lattice(self, places: Places, ratio: float) -> QPixmap:
        """Return the card's surface with a round hole for each cell."""
        key = (places.cell, places.count, ratio, theme().tokens.name)
        if self._grid is None or self._grid[0] != key:
            side = round(places.cell * places.count * ratio) + 1
            made = QPixmap(side, side)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(made.rect(), theme().colour("surface_1"))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0))
            first = places.grids[0].topLeft()
            for i, j in np.ndindex(places.count, places.count):
                painter.drawRoundedRect(places.cell_rect(0, i, j).translated(-first), 3, 3)
            painter.end()
            self._grid = (key, made)
        return self._grid[1]


def draw_picture(painter: QPainter, rect: QRectF, colours: np.ndarray, ratio: float) -> None:
    """Draw colours (h, w, 3) as large as `rect`, as the screen has them: Qt would take longer to enlarge them."""
    rows, columns = (
        np.minimum((np.arange(max(1, round(length * ratio))) * count / (length * ratio)).astype(np.intp), count - 1)
        for length, count in ((rect.height(), colours.shape[0]), (rect.width(), colours.shape[1]))
    )
    packed = colours.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32) | np.uint32(0xFF000000)
    whole = packed[rows].take(columns, axis=1)
    image = QImage(whole.tobytes(), len(columns), len(rows), 4 * len(columns), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(rect.topLeft(), image)
