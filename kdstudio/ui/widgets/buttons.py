"""Buttons: four kinds of one class, icons alone, and pills."""

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.painting import LEFT, SHAPES, begin, box, focus_ring, mark, text, width

Kind = Literal["primary", "secondary", "ghost", "destructive"]
HEIGHTS = {"small": 28, "normal": 32, "hero": 40}


@dataclass(frozen=True, slots=True)
class _Look:
    fill: str | None
    edge: str | None
    words: str


_LOOKS: dict[str, tuple[_Look, _Look, _Look]] = {  # at rest, hovered, disabled
    "primary": (
        _Look("primary", None, "primary_text"),
        _Look("primary_hover", None, "primary_text"),
        _Look("surface_3", None, "disabled"),
    ),
    "secondary": (
        _Look("surface_2", "line_strong", "text_1"),
        _Look("surface_3", "line_strong", "text_1"),
        _Look("surface_1", "line", "disabled"),
    ),
    "ghost": (_Look(None, None, "text_2"), _Look("surface_2", None, "text_1"), _Look(None, None, "disabled")),
    "destructive": (
        _Look("surface_2", "error_edge", "error"),
        _Look("surface_3", "error", "error"),
        _Look("surface_1", "line", "disabled"),
    ),
}
_BUSY = _Look("surface_3", "line_strong", "text_2")


class Button(Hovered, QPushButton):
    """A button of one of four kinds. `trailing` is drawn after the words, fainter ("F5"), and is no part of them."""

    def __init__(
        self, words: str, kind: Kind = "secondary", icon: str = "", *, size: str = "normal", trailing: str = ""
    ) -> None:
        super().__init__(words)
        self.kind, self._icon, self._size, self._trailing = kind, icon, size, trailing
        self._busy = ""
        self.setProperty("kind", kind)
        self.take_clicks()
        self.setAccessibleName(words)

    def setText(self, words: str) -> None:
        """Change the words, seen and heard."""
        super().setText(words)
        self.setAccessibleName(words)
        self.updateGeometry()

    def set_icon(self, icon: str) -> None:
        """Change the icon in front of the words."""
        self._icon = icon
        self.updateGeometry()
        self.update()

    def set_busy(self, words: str) -> None:
        """Show that the click was heard ("Stopping…") and take no other; "" ends it."""
        self._busy = words
        self.setEnabled(not words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Icon, words, shortcut, and the same air at both ends."""
        px = theme().px
        wide = width(self._busy or self.text(), self._role) + 2 * px(14 if self._size != "hero" else 20)
        wide += px(20) if self._icon and not self._busy else 0
        wide += width(self._trailing, self._role) + px(14) if self._trailing else 0
        return QSize(round(wide) + 1, px(HEIGHTS[self._size]))

    def minimumSizeHint(self) -> QSize:
        """A button is never narrower than its words."""
        return self.sizeHint()

    @property
    def _role(self) -> str:
        return "bodym" if self.kind != "ghost" or self._size == "normal" else "smallm"

    def _look(self) -> _Look:
        rest, hovered, disabled = _LOOKS[self.kind]
        if self._busy:
            return _BUSY
        if not self.isEnabled():
            return disabled
        return hovered if self.is_hovered or self.isDown() or self.isChecked() else rest

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw fill, edge, ring, icon, words."""
        painter, look, px = begin(self), self._look(), theme().px
        rect, radius = QRectF(self.rect()), px(7)
        fill = theme().colour(look.fill) if look.fill else None
        if self.has_ring and self.kind == "primary":
            focus_ring(painter, rect, radius)
            box(painter, rect.adjusted(4, 4, -4, -4), radius - 3, fill)
        else:
            box(painter, rect, radius, fill, theme().colour(look.edge) if look.edge else None)
            if self.has_ring:
                focus_ring(painter, rect, radius)
        self._paint_words(painter, rect, look)

    def _paint_words(self, painter: QPainter, rect: QRectF, look: _Look) -> None:
        px, words = theme().px, self._busy or self.text()
        icon = "" if self._busy else self._icon
        words_wide = min(width(words, self._role), rect.width() - px(8))
        trailing = width(self._trailing, self._role) + px(14) if self._trailing else 0
        x = (rect.width() - words_wide - trailing - (px(20) if icon else 0)) / 2
        if icon:
            icons.draw(painter, icon, QRectF(x - 1, rect.center().y() - px(7), px(14), px(14)), look.words)
            x += px(20)
        text(painter, QRectF(x, 0, words_wide + 1, rect.height()), words, self._role, look.words, LEFT)
        if self._trailing:
            x += words_wide + px(14)
            text(painter, QRectF(x, 0, trailing, rect.height()), self._trailing, self._role, look.words, LEFT)


class IconButton(Hovered, QAbstractButton):
    """An icon that can be clicked. `words` name it: tooltip and accessible name are the same."""

    def __init__(self, icon: str, words: str, *, size: int = 28, glyph: int = 16) -> None:
        super().__init__()
        self._icon, self._side, self._glyph = icon, size, glyph
        self.take_clicks()
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Change tooltip and accessible name."""
        self.setToolTip(words)
        self.setAccessibleName(words)

    def set_icon(self, icon: str) -> None:
        """Change the icon."""
        if icon != self._icon:
            self._icon = icon
            self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(theme().px(self._side), theme().px(self._side))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the icon on nothing, on a surface while hovered."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        lit = self.is_hovered or self.isChecked()
        if lit:
            box(painter, rect, px(7), theme().colour("surface_3" if self.isDown() or self.isChecked() else "surface_2"))
        if self.has_ring:
            focus_ring(painter, rect, px(7))
        side = px(self._glyph)
        at = QRectF((rect.width() - side) / 2, (rect.height() - side) / 2, side, side)
        icons.draw(painter, self._icon, at, "disabled" if not self.isEnabled() else "text_1" if lit else "text_2")


class PillButton(Hovered, QAbstractButton):
    """A filter that is on or off ("Inherited 107"), with a mark of identity or a closing cross where there is one."""

    def __init__(self, words: str, identity: str = "", *, checkable: bool = True, closes: bool = False) -> None:
        super().__init__()
        self._identity, self._closes = identity, closes
        self.setCheckable(checkable)
        self.take_clicks()
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Change the words, seen and heard."""
        self.setText(words)
        self.setAccessibleName(f"Clear selection: {words}" if self._closes else words)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Half a height of air at each end."""
        px = theme().px
        extra = (px(14) if self._identity else 0) + (px(18) if self._closes else 0)
        return QSize(round(width(self.text(), "smallm")) + 2 * px(10) + extra + 1, px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pill."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        lit = self.isChecked() or self._closes
        fill = "surface_3" if lit or self.is_hovered else "surface_2"
        edge = "line_strong" if lit else "line"
        box(painter, rect, rect.height() / 2, theme().colour(fill), theme().colour(edge))
        if self.has_ring:
            focus_ring(painter, rect, rect.height() / 2)
        x = float(px(10))
        if self._identity:
            mark(painter, SHAPES[self._identity], QPointF(x + px(4), rect.center().y()), px(8), self._identity)
            x += px(14)
        tone = "disabled" if not self.isEnabled() else "text_1" if lit or self.is_hovered else "text_2"
        right = px(28) if self._closes else px(8)
        text(painter, QRectF(x, 0, rect.width() - x - right + 1, rect.height()), self.text(), "smallm", tone)
        if self._closes:
            cross = QRectF(rect.right() - px(20), rect.center().y() - px(5), px(10), px(10))
            icons.draw(painter, "close", cross, "text_3")


class LinkButton(Button):
    """A ghost button without air around it ("Replace…", "Why?"), to stand in a line of text."""

    def __init__(self, words: str, icon: str = "") -> None:
        super().__init__(words, "ghost", icon, size="small")

    def sizeHint(self) -> QSize:
        """Just the words."""
        size = super().sizeHint()
        return QSize(size.width() - 2 * theme().px(14) + theme().px(12), theme().px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the words; brighter while hovered, and still to be read where there is nothing to press."""
        painter, rect, look = begin(self), QRectF(self.rect()), self._look()
        if self.has_ring:
            focus_ring(painter, rect, theme().px(6))
        self._paint_words(painter, rect, look if self.isEnabled() else replace(look, words="text_3"))
