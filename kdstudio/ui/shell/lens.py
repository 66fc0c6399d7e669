"""The lens temperature: a slider that changes what is seen, and whether it follows the training temperature."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.view import View
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import begin, focus_ring, text, width
from kdstudio.ui.widgets.sliders import LensSlider


class TieButton(Hovered, QAbstractButton):
    """Whether the lens follows the training temperature. A click ties it, or lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tie")
        self._compact = False
        self.setCheckable(True)
        self.take_clicks()
        self.toggled.connect(lambda _: self._tell())
        self._tell()

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone."""
        self._compact = compact
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Icon and words."""
        px = theme().px
        words = 0 if self._compact else width(self._words, "micro") + px(5)
        return QSize(round(words) + px(18), px(16))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw icon and words."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        tone = "text_1" if self.is_hovered else "text_2" if self.isChecked() else "text_3"
        if self.has_ring:
            focus_ring(painter, rect, px(4))
        icons.draw(painter, "link", QRectF(px(3), rect.center().y() - px(5.5), px(11), px(11)), tone)
        if not self._compact:
            text(painter, QRectF(px(19), 0, rect.width() - px(19), rect.height()), self._words, "micro", tone)

    @property
    def _words(self) -> str:
        return "tied to training" if self.isChecked() else "tie to training"

    def _tell(self) -> None:
        self.setAccessibleName(f"Lens {'tied' if self.isChecked() else 'not tied'} to the training temperature")
        self.setToolTip("The lens follows the training temperature." if self.isChecked() else "Tie to training")
        self.updateGeometry()
        self.update()


class Lens(QWidget):
    """Slider, typed value, tie. It changes only what is looked at."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.setObjectName("lens")
        self.setAccessibleName("Lens temperature")
        self._view = view
        self.caption, self.tie, self.slider = (
            Label("Lens temperature", "micro", "2"),
            TieButton(),
            LensSlider(view.lens),
        )
        self.slider.moved.connect(view.set_lens)
        self.tie.clicked.connect(view.tie)
        self.tie.setChecked(view.is_tied)
        view.lensChanged.connect(self.slider.set_value)
        view.tieChanged.connect(self.tie.setChecked)
        px = theme().px
        head = QHBoxLayout()
        head.setContentsMargins(px(4), 0, px(2), 0)
        self.caption.setFixedHeight(px(16))
        self.slider.setFixedHeight(px(24))
        head.addWidget(self.caption, 1)
        head.addWidget(self.tie)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.slider)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_compact(False)

    def set_compact(self, compact: bool) -> None:
        """Use short words and a short track."""
        self.setFixedWidth(theme().px(136 if compact else 208))
        self.caption.setText("Lens" if compact else "Lens temperature")
        self.tie.set_compact(compact)
