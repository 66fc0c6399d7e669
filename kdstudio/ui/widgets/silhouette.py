"""Small pictures of what was loaded: a model's layers, and how many inputs each class has."""

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, begin, count, text

Layer = tuple[int, int]  # image size (1 after pooling), channels


class Silhouette(QWidget):
    """One bar per layer: its height is the image size, its width the channels. Two models share a `reference`."""

    def __init__(self, identity: str = "teacher") -> None:
        super().__init__()
        self._identity = identity
        self._layers: list[Layer] = []
        self._reference: list[Layer] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Layers of the {identity}")

    def set_layers(self, layers: list[Layer], reference: list[Layer] | None = None) -> None:
        """Show a model; with the teacher's layers as `reference` it is drawn at the teacher's scale."""
        self._layers, self._reference = layers, reference or layers
        told = ", ".join(f"{size}×{size} with {channels} channels" for size, channels in layers[:40])
        self.setAccessibleDescription(f"{len(layers)} layers: {told}")
        self.setToolTip("one bar per layer: height = image size, width = channels")
        self.update()

    def sizeHint(self) -> QSize:
        """As high as the tallest bar."""
        return QSize(theme().px(230), theme().px(58))

    def minimumSizeHint(self) -> QSize:
        """A narrow strip."""
        return QSize(theme().px(60), theme().px(58))

    def bars(self) -> list[QRectF]:
        """Where the bars lie."""
        gap = theme().px(6) if len(self._reference) <= 16 else theme().px(2)
        widest = max(_weight(self._reference), _weight(self._layers))
        longest = max(len(self._reference), len(self._layers))
        unit = max(0.0, (min(self.width(), theme().px(300)) - gap * (longest - 1)) / (widest or 1.0))
        largest = max((size for size, _ in (*self._reference, *self._layers)), default=1)
        x, rects = 0.0, []
        for size, channels in self._layers:
            wide = max(2.0, unit * math.sqrt(channels))
            tall = max(theme().px(10), self.height() * math.sqrt(size / largest))
            rects.append(QRectF(x, (self.height() - tall) / 2, wide, tall))
            x += wide + gap
        return rects

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars, later layers fainter."""
        painter, now = begin(self), theme()
        edge = self._identity == "teacher" and not now.is_dark
        painter.setPen(QPen(now.colour("teacher_edge"), 1) if edge else Qt.PenStyle.NoPen)
        rects = self.bars()
        for at, rect in enumerate(rects):
            painter.setBrush(now.colour(self._identity, 1.0 - 0.35 * at / max(1, len(rects) - 1)))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5) if edge else rect, 2.5, 2.5)


class ClassBalance(QWidget):
    """One bar per class, as high as its share of the inputs; the ends are named."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = np.zeros(0, dtype=int)
        self._words = ("", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Inputs per class")

    def set_counts(self, counts: np.ndarray, class_names: tuple[str, ...], each: str = "per class") -> None:
        """Show (C,) counts of inputs."""
        pairs = zip(class_names, counts.tolist(), strict=False)
        least, most = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
        middle = f"{count(least)} {each}" if least == most else f"{count(least)}–{count(most)} {each}"
        names = class_names or ("", "")
        self.set_bars(counts, (names[0], middle, names[-1]), ", ".join(f"{name} {n}" for name, n in pairs))

    def set_bars(self, counts: np.ndarray, words: tuple[str, str, str], told: str) -> None:
        """Show (n,) bars with words below their left end, their middle and their right end; `told` says them."""
        self._counts, self._words = np.asarray(counts), words
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:
        """Bars and a line of words."""
        return QSize(theme().px(240), theme().px(44))

    def minimumSizeHint(self) -> QSize:
        """A narrow strip."""
        return QSize(theme().px(80), theme().px(44))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bars and words."""
        if not len(self._counts):
            return
        painter, now, tall = begin(self), theme(), theme().px(22)
        wide = self.width() / len(self._counts)
        gap = min(2.0, wide * 0.2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("line_strong"))
        largest = max(1, int(self._counts.max()))
        for at, n in enumerate(self._counts):
            bar = max(1.5, tall * float(n) / largest)
            painter.drawRoundedRect(QRectF(at * wide, tall - bar, wide - gap, bar), 2, 2)
        third = self.width() / 3
        for x, words, align in zip((0, third, 2 * third), self._words, (LEFT, CENTRE, RIGHT), strict=True):
            text(painter, QRectF(x, tall + now.px(4), third, now.px(16)), words, "micro", "text_2", align)


def _weight(layers: list[Layer]) -> float:
    return sum(math.sqrt(channels) for _, channels in layers)
