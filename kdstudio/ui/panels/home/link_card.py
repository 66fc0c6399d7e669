"""Surfaces that are pressed as a whole: an example that opens, a project that was open before."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout

from kdstudio.ui import icons
from kdstudio.ui.run_queue import count_words
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.painting import RIGHT, begin, box, focus_ring, mark, text, width
from kdstudio.ui.widgets.pictures import Thumbnail


class ExampleCard(Hovered, QAbstractButton):
    """One kind of data with real inputs of it; a click opens the example, ready to train."""

    def __init__(self, icon: str, title: str, caption: str, pictures: int) -> None:
        super().__init__()
        self.setAccessibleName(f"{title}: {caption}")
        self.take_clicks(QSizePolicy.Policy.Expanding)
        self.thumbnails = [Thumbnail(None, 44, "Example input") for _ in range(pictures)]
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme().px(m) for m in (18, 14, 18, 14)))
        row.setSpacing(theme().px(8))
        words = QVBoxLayout()
        words.setSpacing(theme().px(2))
        words.addStretch(1)
        words.addWidget(Heading(title, 3))
        words.addWidget(Label(caption, "small", "3"))
        words.addStretch(1)
        row.addWidget(Glyph(icon, "text_2", 18))
        row.addSpacing(theme().px(4))
        row.addLayout(words, 1)
        for thumbnail in self.thumbnails:
            row.addWidget(thumbnail)
        row.addSpacing(theme().px(8))
        row.addWidget(Glyph("arrow-right", "text_2", 16))

    def set_pictures(self, pictures: list[np.ndarray]) -> None:
        """Show inputs, (c, H, W) each; places without one stay empty."""
        for thumbnail, picture in zip(self.thumbnails, pictures, strict=False):
            thumbnail.set_picture(picture, "Example input")

    def set_shown(self, count: int) -> None:
        """Show so many of the pictures."""
        for at, thumbnail in enumerate(self.thumbnails):
            thumbnail.setVisible(at < count)

    def sizeHint(self) -> QSize:
        """What is in it."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the surface."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        edge = "line_strong" if self.is_hovered else "line"
        fill = "surface_2" if self.isDown() else "surface_1"
        box(painter, rect, now.px(10), now.colour(fill), now.colour(edge))
        if self.has_ring:
            focus_ring(painter, rect, now.px(10))


@dataclass(frozen=True, slots=True)
class RecentProject:
    """What a row of Recent projects says; scores are empty before a run is finished."""

    path: str
    name: str
    folder: str
    when: str
    student: str = ""  # "89.7%", "F1 0.890"
    teacher: str = ""
    waiting: int = 0  # runs in its queue


class RecentRow(Hovered, QAbstractButton):
    """One project: its name and place at the left, its best student and when it was used at the right."""

    def __init__(self, project: RecentProject) -> None:
        super().__init__()
        self.project = project
        result = f", student {project.student} of {project.teacher}" if project.student else ""
        self._low = f"{count_words(project.waiting)} · {project.when}" if project.waiting else project.when
        self.setAccessibleName(f"{project.name}, {self._low}{result}")
        self.setToolTip(project.path)
        self.take_clicks(QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Two lines."""
        return QSize(theme().px(320), theme().px(46))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        painter, now, px = begin(self), theme(), theme().px
        rect = QRectF(self.rect())
        if self.is_hovered or self.isDown():
            box(painter, rect, px(7), now.colour("surface_3" if self.isDown() else "surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(7))
        icons.draw(painter, "file", QRectF(px(8), rect.center().y() - px(8), px(16), px(16)), "text_2")
        told = f"{self.project.student} of {self.project.teacher}" if self.project.student else "not trained yet"
        right = max(width(told, "smallm") + px(14), width(self._low, "small")) + px(10)
        top = QRectF(px(34), px(5), rect.width() - px(44) - right, px(18))
        low = QRectF(rect.right() - right, px(5), right - px(8), px(18))
        text(painter, top, self.project.name, "bodym", "text_1")
        text(painter, top.translated(0, px(18)), self.project.folder, "small", "text_3")
        text(painter, low, told, "smallm", "student_text" if self.project.student else "text_3", RIGHT)
        if self.project.student:
            x = low.right() - width(told, "smallm") - px(9)
            mark(painter, "diamond", QPointF(x, low.center().y()), px(8), "student")
        text(painter, low.translated(0, px(18)), self._low, "small", "text_3", RIGHT)
