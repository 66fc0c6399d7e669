"""A small place that takes one image: dropped on it, or chosen after a click."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QSizePolicy

from kdstudio.data.image.pictures import SUFFIXES, has_image_name
from kdstudio.data.magic import head, image_kind
from kdstudio.ui import icons
from kdstudio.ui.opening import paths_in
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import CENTRE, begin, box, focus_ring, text


class ImageDrop(Hovered, QAbstractButton):
    """`imageChosen` brings the path. The property `takesImages` tells the window to leave images to it."""

    imageChosen = Signal(object)

    def __init__(self, words: str = "Drop an image") -> None:
        super().__init__()
        self.setText(words)
        self.setObjectName("imageDrop")
        self.setAccessibleName(words)
        self.setAccessibleDescription("Press to choose a file.")
        self.setAcceptDrops(True)
        self.setProperty("takesImages", True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._is_over = False
        self.clicked.connect(self._ask)

    def sizeHint(self) -> QSize:
        """Room for the words."""
        return QSize(theme().px(124), theme().px(84))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one image; other files are left to the window."""
        paths = paths_in(event.mimeData())
        if self.isEnabled() and len(paths) == 1 and _may_be_image(paths[0]):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_over(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Dim again."""
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the file on."""
        self._set_over(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.imageChosen.emit(paths_in(event.mimeData())[0])

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a dashed edge, an icon and the words."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        radius, lit = now.px(8), self._is_over or self.is_hovered
        box(painter, rect, radius, now.colour("surface_2" if lit else "well"))
        pen = QPen(now.colour("student" if self._is_over else "field_hover" if lit else "line_strong"), 1.2)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.6, 0.6, -0.6, -0.6), radius, radius)
        if self.has_ring:
            focus_ring(painter, rect, radius)
        side, middle = now.px(15), rect.center()
        tone = "text_1" if lit else "text_2"
        if not self.isEnabled():
            tone = "disabled"
        icons.draw(painter, "download", QRectF(middle.x() - side / 2, middle.y() - side, side, side), tone)
        text(painter, QRectF(0, middle.y() + now.px(4), rect.width(), now.px(18)), self.text(), "smallm", tone, CENTRE)

    def _set_over(self, over: bool) -> None:
        self._is_over = over
        self.update()

    def _ask(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog = QFileDialog(self, "Choose an image", str(Path.home()), f"Images ({patterns});;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.imageChosen.emit(Path(path)))
        dialog.open()


def _may_be_image(path: Path) -> bool:
    return has_image_name(str(path)) or image_kind(head(path)) is not None
