"""What painted charts share: a picture in the light tokens, and a drawing that scales."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import begin


class Drawn(Hovered, QWidget):
    """A chart that `draw` paints: on the screen, as a picture and as SVG."""

    def draw(self, painter: QPainter) -> None:
        """Paint everything, `size()` large."""
        raise NotImplementedError

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint on the screen."""
        self.draw(begin(self))

    def picture(self, ratio: float = 2.0) -> QImage:
        """Return it in the light tokens, on white."""
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.white)
        with theme().printed():
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw(painter)
            painter.end()
        return image

    def as_svg(self) -> bytes:
        """Return it as an SVG document in the light tokens."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self.size())
        generator.setViewBox(QRectF(0, 0, self.width(), self.height()))
        generator.setTitle(self.accessibleName())
        with theme().printed():
            painter = QPainter(generator)
            self.draw(painter)
            painter.end()
        buffer.close()
        return bytes(data.data())
