"""Small rounded words in rows, for what is there and cannot be chosen."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, begin, box, text, width

HEIGHT, GAP = 24, 6


class Tags(QWidget):
    """Words in pills, wrapped to the width."""

    def __init__(self, words: tuple[str, ...], name: str) -> None:
        super().__init__()
        self._name = name
        self.set_words(words)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_words(self, words: tuple[str, ...]) -> None:
        """Show other words."""
        self._words = words
        self.setAccessibleName(f"{self._name}: {', '.join(words)}")
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """More rows where it is narrow."""
        return True

    def heightForWidth(self, wide: int) -> int:
        """The rows' height."""
        return round(self._places(wide)[-1].bottom())

    def sizeHint(self) -> QSize:
        """All in one row."""
        last = self._places(100_000)[-1]
        return QSize(round(last.right()) + 1, round(last.bottom()))

    def minimumSizeHint(self) -> QSize:
        """The widest pill."""
        return QSize(theme().px(120), theme().px(HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pills."""
        painter, now = begin(self), theme()
        for words, rect in zip(self._words, self._places(self.width()), strict=True):
            box(painter, rect, rect.height() / 2, now.colour("surface_2"), now.colour("line"))
            text(painter, rect, words, "smallm", "text_2", CENTRE)

    def _places(self, wide: int) -> list[QRectF]:
        px, x, y, places = theme().px, 0.0, 0.0, []
        for words in self._words:
            long = width(words, "smallm") + 2 * px(10)
            if x > 0 and x + long > wide:
                x, y = 0.0, y + px(HEIGHT) + px(GAP)
            places.append(QRectF(x, y, long, px(HEIGHT)))
            x += long + px(GAP)
        return places
