"""A window of another program from which files can be dragged: drag_source.py X Y FILE ..."""

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """Starts a drag of its files when the pointer moves with the button down."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("drag me")
        self.paths = paths

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            mime = QMimeData()
            mime.setUrls([QUrl.fromLocalFile(path) for path in self.paths])
            drag = QDrag(self)
            drag.setMimeData(mime)
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)


app = QApplication(sys.argv)
source = Source(sys.argv[3:])
source.setGeometry(int(sys.argv[1]), int(sys.argv[2]), 160, 80)
source.show()
sys.exit(app.exec())
