"""Icons: 24-unit strokes, tinted with a token when they are drawn, sharp at the screen's ratio."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kdstudio.core.paths import resource
from kdstudio.ui.theme import theme

RATIOS = (1.0, 2.0, 3.0)


def icon_names() -> list[str]:
    """Every icon that can be drawn."""
    return sorted(file.stem for file in resource("icons").glob("*.svg"))


def pixmap(name: str, token: str = "text_2", size: int = 16, ratio: float = 2.0) -> QPixmap:
    """Return the icon `size` device-independent pixels wide, tinted with `token`; raises FileNotFoundError."""
    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter, name, QRectF(0, 0, made.width(), made.height()), token)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, token: str = "text_2", size: int = 16) -> QIcon:
    """Return a `QIcon` for menus and item views. Its colour is fixed: ask again when the theme has changed."""
    made = QIcon()
    for ratio in RATIOS:
        made.addPixmap(pixmap(name, token, size, ratio))
        made.addPixmap(pixmap(name, "disabled", size, ratio), QIcon.Mode.Disabled)
    return made


def app_icon() -> QIcon:
    """Return the program's own icon: the teacher's circle and the student's diamond."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app", size=size, ratio=1.0))
    return made


def draw(painter: QPainter, name: str, rect: QRectF, token: str = "text_2") -> None:
    """Draw the icon into `rect` with an open painter: always sharp, whatever the painter's scale."""
    _renderer(name, getattr(theme().tokens, token)).render(painter, rect)


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    source = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(source.encode()))
