"""The rail at the left: one button a page, and the preferences at the bottom."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from kdstudio.ui import icons
from kdstudio.ui.page_table import PAGES, Page
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import CENTRE, begin, box, focus_ring, text

WIDE, NARROW = 80, 56


class RailButton(Hovered, QAbstractButton):
    """Icon and name of a page. A badge says that something happens there: a ring while it runs, a dot for news."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page, self._badge, self._narrow = page, "", False
        self.setObjectName(f"rail-{page.name}")
        self.setCheckable(True)
        self.take_clicks()
        self.set_badge("")

    def set_badge(self, badge: str) -> None:
        """Show "running", "new" or nothing."""
        self._badge = badge
        told = {"running": ", running", "new": ", new results"}.get(badge, "")
        self.setAccessibleName(self.page.title + told)
        self.update()

    @property
    def badge(self) -> str:
        """What the badge says."""
        return self._badge

    def set_narrow(self, narrow: bool) -> None:
        """Show the icon alone; the name becomes a tooltip."""
        self._narrow = narrow
        self.setToolTip(self.page.title if narrow else "")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """66 × 54, or 42 × 42."""
        px = theme().px
        return QSize(px(42), px(42)) if self._narrow else QSize(px(66), px(54))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the button."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        px, lit = now.px, self.isChecked() or self.is_hovered
        if lit:
            box(painter, rect, px(8), now.colour("surface_3" if self.isChecked() else "surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(8))
        tone, side = "text_1" if lit else "text_2", px(18)
        top = (rect.height() - side) / 2 if self._narrow else px(10)
        icons.draw(painter, self.page.icon, QRectF((rect.width() - side) / 2, top, side, side), tone)
        if not self._narrow:
            words = QRectF(-px(6), px(31), rect.width() + px(12), px(16))
            text(painter, words, self.page.title, "micro", tone, CENTRE)
        if self._badge:
            self._paint_badge(painter, QPointF(rect.center().x() + px(14), top + px(1)))

    def _paint_badge(self, painter: QPainter, at: QPointF) -> None:
        now, radius = theme(), theme().px(7) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("student"))
        painter.drawEllipse(at, radius, radius)
        if self._badge == "running":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(now.colour("student", 0.45), 1.5))
            painter.drawEllipse(at, radius + 2.5, radius + 2.5)


class Rail(QWidget):
    """All pages; the shown one is lit. Up and Down move, Enter and Space choose."""

    chosen = Signal(str)
    preferencesRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("railButtons")
        self.setAccessibleName("Pages")
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self.buttons: dict[str, RailButton] = {}
        for page in PAGES:
            button = RailButton(page)
            button.clicked.connect(lambda _=False, name=page.name: self.chosen.emit(name))
            self._group.addButton(button)
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self.buttons[page.name] = button
        self._column.addStretch()
        self.preferences = IconButton("settings", "Preferences", size=34)
        self.preferences.clicked.connect(self.preferencesRequested)
        self._column.addWidget(self.preferences, 0, Qt.AlignmentFlag.AlignHCenter)
        self.set_narrow(False)

    def show_page(self, name: str) -> None:
        """Light up the shown page; its news are no news any more."""
        button = self.buttons[name]
        button.setChecked(True)
        if button.badge == "new":
            button.set_badge("")

    def set_badge(self, name: str, badge: str) -> None:
        """Badge a page that is in the rail."""
        if name in self.buttons and not (badge == "new" and self.buttons[name].isChecked()):
            self.buttons[name].set_badge(badge)

    def set_narrow(self, narrow: bool) -> None:
        """Show icons alone, where the window is small."""
        px = theme().px
        self.setFixedWidth(px(NARROW if narrow else WIDE))
        self._column.setContentsMargins(0, px(8 if narrow else 12), 0, px(14))
        self._column.setSpacing(px(4))
        for button in self.buttons.values():
            button.set_narrow(narrow)
