"""One input of any kind, as large as there is room: a picture, words, cells, or a sound that can be played."""

import re

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.data.face import Face
from kdstudio.ui.playing import play
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.painting import CENTRE, begin, box, text, width
from kdstudio.ui.widgets.pictures import corner_radius
from kdstudio.ui.widgets.portraits import (
    cells_height,
    draw_cells,
    draw_words,
    portrait,
    words_height,
)

PAD = 10  # pixels between words and the edge of their field
PLAYABLE = 70  # pixels: a smaller sound has no room for a button


class InputTile(QWidget):
    """Pictures and sound are squares of `side` pixels; what is read takes the width it gets and the height it needs.

    `role` is the font of words, `lines` how many of them are shown at most, `rows` the same for cells; `wide` is a
    width that words keep, 0 for what there is. `playFailed` says why a sound cannot be heard.
    """

    playFailed = Signal(str)

    def __init__(
        self, side: int, words: str = "Input", *, role: str = "small", lines: int = 4, rows: int = 7, wide: int = 0
    ) -> None:
        super().__init__()
        self._face: Face | None = None
        self._side, self._wide, self._role, self._lines, self._rows = side, wide, role, lines, rows
        self._cache: tuple[tuple[int, int, float, bool], QPixmap] | None = None
        self._is_cut = False
        self.player = IconButton("play", "Play in the system’s player", size=26, glyph=13)
        self.player.setObjectName("playSound")
        self.player.setParent(self)
        self.player.clicked.connect(self._play)
        self.set_face(None, words)

    @property
    def face(self) -> Face | None:
        """The input that is shown."""
        return self._face

    def set_face(self, face: Face | None, words: str = "Input") -> None:
        """Show another input, or an empty place; `words` name it."""
        if face is self._face and words == self.accessibleName():
            return
        self._face, self._cache = face, None
        self.setAccessibleName(words)
        self.setAccessibleDescription(face.whole if face is not None else "")
        self._arrange()

    def set_side(self, side: int) -> None:
        """Change how large pictures are, in pixels at scale 1."""
        if side != self._side:
            self._side = side
            self._arrange()

    @property
    def is_read(self) -> bool:
        """Whether it shows words or cells, which want width."""
        return self._face is not None and not self._face.is_picture

    def sizeHint(self) -> QSize:
        """A square, or words at a usual width."""
        side = theme().px(self._side)
        wide = theme().px(230)
        return QSize(wide, self.heightForWidth(wide)) if self.is_read else QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """A square, or a narrow column of words."""
        return QSize(theme().px(120), theme().px(2 * PAD + 18)) if self.is_read else self.sizeHint()

    def hasHeightForWidth(self) -> bool:
        """Whether it is read."""
        return self.is_read

    def heightForWidth(self, wide: int) -> int:
        """What the words need, up to the most that is shown."""
        if self._face is None or not self.is_read:
            return theme().px(self._side)
        inner, pad = wide - 2 * theme().px(PAD), 2 * theme().px(PAD)
        if self._face.kind == "table":
            least = cells_height(1, inner)
            return pad + min(cells_height(len(self._face.cells), inner), self._rows * least)
        return pad + round(words_height(self._face.line, inner, self._role, self._lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in its corner, and the height that the words need at this width."""
        super().resizeEvent(event)
        gap = theme().px(6)
        self.player.resize(self.player.sizeHint())
        self.player.move(gap, self.height() - self.player.height() - gap)
        if self.is_read and self.minimumHeight() != self.heightForWidth(self.width()):
            self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the input."""
        painter, now, rect = begin(self), theme(), QRectF(self.rect())
        face = self._face
        if face is None:
            radius = corner_radius(self.width())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("surface_2"))
            painter.drawRoundedRect(rect, radius, radius)
        elif face.is_picture:
            painter.drawPixmap(0, 0, self._pixmap(face))
            if self.player.isVisible():
                below = QRectF(self.player.geometry())
                box(painter, below, now.px(7), now.colour("surface_1"), now.colour("line_strong"))
                self._paint_length(painter, rect, f"{face.seconds:.2g} s")
        else:
            box(painter, rect, now.px(8), now.colour("surface_2"))
            inner = rect.adjusted(*(now.px(PAD) * sign for sign in (1, 1, -1, -1)))
            if face.kind == "table":
                is_cut = draw_cells(painter, inner, face.cells)
            else:
                is_cut = draw_words(painter, inner, face.line, self._role)
            self.setToolTip(face.whole if is_cut else "")

    def _paint_length(self, painter: QPainter, rect: QRectF, words: str) -> None:
        """How long the sound lasts, on ground of its own: the picture behind it may be of any brightness."""
        now, gap = theme(), theme().px(6)
        wide, tall = width(words, "captionm") + now.px(10), now.px(18)
        place = QRectF(rect.right() - wide - gap, rect.bottom() - tall - gap, wide, tall)
        box(painter, place, tall / 2, now.colour("surface_1"))
        text(painter, place, words, "captionm", "text_2", CENTRE)

    def _pixmap(self, face: Face) -> QPixmap:
        key = (self.width(), self.height(), self.devicePixelRatioF(), theme().is_dark)
        if self._cache is None or self._cache[0] != key:
            self._cache = key, portrait(face, self.size(), key[2])
        return self._cache[1]

    def _arrange(self) -> None:
        """Be a square or as wide as there is room."""
        fixed, wide = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        policy = QSizePolicy(wide if self.is_read else fixed, fixed)
        policy.setHeightForWidth(self.is_read)
        self.setSizePolicy(policy)
        side = theme().px(self._side)
        if self.is_read:
            self.setMinimumWidth(theme().px(self._wide))
            self.setMaximumWidth(theme().px(self._wide) or 16_777_215)
            self.setFixedHeight(self.heightForWidth(self.width()))
        else:
            self.setFixedSize(side, side)
            self.setToolTip("")
        is_sound = self._face is not None and self._face.kind == "audio"
        self.player.setVisible(is_sound and self._side >= PLAYABLE)
        self.updateGeometry()
        self.update()

    def _play(self) -> None:
        if self._face is not None:
            name = re.sub(r"\W+", "-", self.accessibleName()).strip("-").lower() or "sound"
            if trouble := play(self._face, name):
                self.playFailed.emit(trouble)
