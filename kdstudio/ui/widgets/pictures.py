"""Pictures from arrays: enlarged at device pixels, rounded, ready to draw."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import begin


def to_rgb(array: np.ndarray) -> np.ndarray:
    """Return (H, W, 3) uint8 from (c, H, W), uint8 or floats 0..1; one channel is grey, a fourth is left out."""
    if array.ndim != 3:
        raise ValueError(f"A picture has the shape (c, H, W), not {array.shape}")
    if array.dtype != np.uint8:
        array = (np.nan_to_num(np.clip(array, 0.0, 1.0)) * 255 + 0.5).astype(np.uint8)
    channels = array[:3] if len(array) >= 3 else np.repeat(array[:1], 3, axis=0)
    return np.ascontiguousarray(channels.transpose(1, 2, 0))


def enlarge(array: np.ndarray, side: int, *, nearest: bool = False) -> QImage:
    """Return (c, H, W) as a picture whose longer side has `side` pixels; Lanczos, or square pixels where asked."""
    longer = max(array.shape[1:])
    return stretched(
        array,
        max(1, round(array.shape[2] * side / longer)),
        max(1, round(array.shape[1] * side / longer)),
        nearest=nearest,
    )


def stretched(array: np.ndarray, wide: int, high: int, *, nearest: bool = False) -> QImage:
    """Return (c, H, W) as a picture of exactly this size in pixels."""
    from PIL import Image

    method = Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS
    scaled = np.asarray(Image.fromarray(to_rgb(array)).resize((wide, high), method))
    return QImage(np.ascontiguousarray(scaled).tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()


def thumbnail(
    array: np.ndarray, size: int, ratio: float = 1.0, *, radius: float | None = None, nearest: bool = False
) -> QPixmap:
    """Return a rounded square pixmap, `size` device-independent pixels, of a (c, H, W) picture on black."""
    side = round(size * ratio)
    image = enlarge(array, side, nearest=nearest)
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    square = QPixmap(side, side)
    square.fill(Qt.GlobalColor.black)
    inner = QPainter(square)
    inner.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
    inner.end()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(square))
    corner = (radius if radius is not None else corner_radius(size)) * ratio
    painter.drawRoundedRect(QRectF(0, 0, side, side), corner, corner)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def corner_radius(size: float) -> int:
    """Return 6, and 8 from 88 pixels."""
    return 8 if size >= 88 else 6


class Thumbnail(QWidget):
    """One picture of the data, (c, H, W) uint8 or 0..1, `size` pixels square."""

    def __init__(self, array: np.ndarray | None = None, size: int = 48, words: str = "Picture") -> None:
        super().__init__()
        self._array, self._side, self._nearest = array, size, False
        self._cache: tuple[tuple[int, float], QPixmap] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words)

    def set_picture(self, array: np.ndarray | None, words: str = "Picture") -> None:
        """Show another picture, or an empty place."""
        if array is not self._array:
            self._array, self._cache = array, None
            self.update()
        self.setAccessibleName(words)

    def set_nearest(self, nearest: bool) -> None:
        """Show square pixels instead of smooth ones."""
        self._nearest, self._cache = nearest, None
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(self._side), theme().px(self._side))

    def pixmap(self) -> QPixmap | None:
        """What is drawn, at the screen's ratio; None where there is no picture."""
        if self._array is None:
            return None
        key = (min(self.width(), self.height()), self.devicePixelRatioF())
        if self._cache is None or self._cache[0] != key:
            self._cache = (key, thumbnail(self._array, *key, nearest=self._nearest))
        return self._cache[1]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture."""
        painter, made = begin(self), self.pixmap()
        if made is not None:
            painter.drawPixmap(0, 0, made)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("surface_2"))
        painter.drawRoundedRect(QRectF(self.rect()), corner_radius(self.width()), corner_radius(self.width()))
