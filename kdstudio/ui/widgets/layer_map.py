"""Two networks side by side and the pairs of their layers as curves that can be dragged."""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.layer_paint import Held, paint
from kdstudio.ui.widgets.layer_view import SIDES, Layer, Networks, Pair, Plan, Side
from kdstudio.ui.widgets.painting import begin

ROW, NEAR = 32, 13  # pixels: the least height of a layer, and how near the mouse has to be to take hold
_HELP = (
    "Page Up and Page Down choose a pair, Left and Right one of its ends, Up and Down move that end to another layer, "
    "Insert adds a pair, Delete removes one."
)


class LayerMap(QWidget):
    """`pairsEdited` gives all pairs after a change, `told` says what the mouse or the keyboard is at."""

    pairsEdited = Signal(object)
    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("layer-map")
        self.setAccessibleName("Layer pairs")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.shown = Networks()
        self.current, self.end = 0, SIDES[0]  # the pair and the end of it that the keyboard is at
        self._held: Held | None = None

    def set_networks(self, shown: Networks) -> None:
        """Show these."""
        if shown == self.shown:
            return
        self.shown = shown
        self.current = max(0, min(self.current, len(shown.pairs) - 1))
        self.setMinimumHeight(theme().px(ROW) * shown.count)
        lines = [f"{own} of the student with {other} of the teacher{_and(shown, (own, other))}"
                 for own, other in shown.pairs]  # fmt: skip
        self.setAccessibleDescription(f"{'; '.join(lines) or 'No pairs'}. {_HELP}")
        self._tell()
        self.update()

    def plan(self) -> Plan:
        """Where everything lies now."""
        return Plan(self.shown, self.width(), self.height(), theme().px(100) / 100)

    def sizeHint(self) -> QSize:
        """As high as all layers need."""
        return QSize(theme().px(400), theme().px(ROW) * max(6, self.shown.count))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both networks."""
        painter = begin(self)
        painter.fillRect(self.rect(), theme().colour("surface_1"))
        paint(painter, self.plan(), self._held, self.current, self.end if self.hasFocus() else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a pair's end, or of a layer that a new pair begins at."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._held = self._taken(event.position())
            if self._held is not None and self._held.pair is not None:
                self.current, self.end = self._held.pair, self._held.side
            self._tell()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow, or say what is below."""
        where = event.position()
        if self._held is None:
            near = self._taken(where)
            self.setCursor(Qt.CursorShape.ArrowCursor if near is None else Qt.CursorShape.OpenHandCursor)
            self._tell(near)
            return
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._held.at = where
        target = self.plan().layer_at(self._held.to, where.y()) if self._is_over(where, self._held.to) else None
        self._held.target = target.name if target is not None else ""
        self.told.emit(self._words_for(self._held))
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let the pair have what is below the mouse, if it may."""
        held, self._held = self._held, None
        self.unsetCursor()
        if held is not None and held.target and not held.why_not(self.shown):
            self._put(held.pair, held.made(self.shown))
        self._tell()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Say again what the keyboard is at."""
        super().leaveEvent(event)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change pairs by keys; Escape lets go."""
        key, pairs = Qt.Key(event.key()), self.shown.pairs
        if key == Qt.Key.Key_Escape and self._held is not None:
            self._held = None
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and pairs:
            self.current = (self.current + (1 if key == Qt.Key.Key_PageDown else -1)) % len(pairs)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.end = SIDES[key == Qt.Key.Key_Right]
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and pairs:
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove()
        elif key == Qt.Key.Key_Insert:
            self.add()
        else:
            super().keyPressEvent(event)
            return
        self._tell()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def remove(self) -> None:
        """Remove the pair that is chosen; the last one stays."""
        if len(self.shown.pairs) > 1:
            self.pairsEdited.emit([pair for at, pair in enumerate(self.shown.pairs) if at != self.current])

    def add(self) -> None:
        """Add the first pair of layers that have none yet."""
        taken = [{pair[side] for pair in self.shown.pairs} for side in (0, 1)]
        free = [[one.name for one in self.shown.layers[side] if one.name not in taken[at]]
                for at, side in enumerate(SIDES)]  # fmt: skip
        found = [(own, other) for own in free[0] for other in free[1] if not self.shown.why_not(own, other)]
        if found:
            self._put(None, found[0])

    def _step(self, by: int) -> None:
        """Move the chosen end to the next layer that fits."""
        pair, side = self.shown.pairs[self.current], SIDES.index(self.end)
        names = [one.name for one in self.shown.layers[self.end]]
        at = names.index(pair[side]) if pair[side] in names else -1
        following = names[at + 1 :] if by > 0 else names[:at][::-1]
        made = [(name, pair[1]) if side == 0 else (pair[0], name) for name in following]
        found = next((one for one in made if not self.shown.why_not(*one)), None)
        if found is not None:
            self._put(self.current, found)

    def _put(self, at: int | None, pair: Pair) -> None:
        pairs = list(self.shown.pairs)
        if at is None:
            order = [one.name for one in self.shown.layers["student"]]
            pairs = sorted([*pairs, pair], key=lambda one: order.index(one[0]) if one[0] in order else -1)
            self.current = pairs.index(pair)
        else:
            pairs[at] = pair
        self.pairsEdited.emit(pairs)

    def _taken(self, where: QPointF) -> Held | None:
        """Return what the mouse would take hold of here."""
        plan, near = self.plan(), theme().px(NEAR)
        order = sorted(range(len(self.shown.pairs)), key=lambda at: at != self.current)
        for at in order:
            for side, name in zip(SIDES, self.shown.pairs[at], strict=True):
                handle = plan.handle(side, name)
                if handle is not None and (handle - where).manhattanLength() <= near:
                    return Held(side, name, where, pair=at)
        side = plan.side_at(where.x())
        layer = plan.layer_at(side, where.y()) if self._is_over(where, side) else None
        return Held(side, layer.name, where) if layer is not None else None

    def _is_over(self, where: QPointF, side: Side) -> bool:
        row, more = self.plan().row(side, 0), theme().px(36)
        return row.left() - more <= where.x() <= row.right() + more

    def _tell(self, at: Held | None = None) -> None:
        """Say what the mouse is at, else the chosen pair."""
        if at is not None and at.pair is None:
            self.told.emit(
                self._of_layer(at.side, next(one for one in self.shown.layers[at.side] if one.name == at.name))
            )
        elif self.shown.pairs:
            self.told.emit(
                _pair_words(self.shown, self.shown.pairs[self.current if at is None or at.pair is None else at.pair])
            )
        else:
            self.told.emit("No layers are compared.")

    def _of_layer(self, side: Side, layer: Layer) -> str:
        closed = self.shown.closed[side].get(layer.name, "")
        return f"{layer.name} gives {layer.size}. {closed or 'Drag it to the other network for a new pair.'}"

    def _words_for(self, held: Held) -> str:
        if not held.target:
            return f"Drop it on a layer of the {held.to}."
        return held.why_not(self.shown) or f"Compare {' with '.join(held.made(self.shown))}."


def _and(shown: Networks, pair: Pair) -> str:
    words = shown.between.get(pair)
    return f", through {words}" if words else ""


def _pair_words(shown: Networks, pair: Pair) -> str:
    words = shown.between.get(pair)
    if words is None:
        return f"{pair[0]} with {pair[1]}: what lies between is found when the recipe is checked."
    return f"{pair[0]} with {pair[1]}: {words or 'compared as they are'}."
