"""Drawing two networks and the pairs of their layers."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.layer_view import SIDES, Networks, Pair, Plan, Side
from kdstudio.ui.widgets.painting import LEFT, RIGHT, SHAPES, box, mark, text


@dataclass(slots=True)
class Held:
    """What the mouse holds: one end of a pair, or a layer that a new pair begins at."""

    side: Side
    name: str
    at: QPointF
    pair: int | None = None
    target: str = ""

    @property
    def to(self) -> Side:
        """The side that it can be dropped at: an end stays at its side, a new pair goes to the other."""
        return self.side if self.pair is not None else SIDES[self.side == "student"]

    def made(self, shown: Networks, target: str = "") -> Pair:
        """Return the pair that a layer would make of it."""
        target = target or self.target
        own, other = shown.pairs[self.pair] if self.pair is not None else (self.name, self.name)
        return (target, other) if self.to == "student" else (own, target)

    def why_not(self, shown: Networks, target: str = "") -> str:
        """Return why it cannot be dropped at a layer, or nothing."""
        made = self.made(shown, target)
        is_same = self.pair is not None and made == shown.pairs[self.pair]
        return "" if is_same else shown.why_not(*made)


def paint(painter: QPainter, plan: Plan, held: Held | None, current: int, end: Side | None) -> None:
    """Draw everything; `end` is the end of the current pair that the keyboard is at."""
    for side in SIDES:
        for at in range(len(plan.shown.layers[side])):
            _layer(painter, plan, side, at, held)
    is_alone = len(plan.shown.pairs) == 1
    for at, pair in enumerate(plan.shown.pairs):
        if held is None or held.pair != at:
            _pair(painter, plan, pair, is_lit=at == current or is_alone, end=end if at == current else None)
    if held is not None:
        _held(painter, plan, held)


def _layer(painter: QPainter, plan: Plan, side: Side, at: int, held: Held | None) -> None:
    layer, row, block = plan.shown.layers[side][at], plan.row(side, at), plan.block(side, at)
    px = theme().px
    if held is not None:
        is_dim = held.to == side and bool(held.why_not(plan.shown, layer.name))
    else:
        is_dim = layer.name in plan.shown.closed[side]
    is_paired = any(layer.name == pair[SIDES.index(side)] for pair in plan.shown.pairs)
    if held is not None and held.to == side and held.target == layer.name and not is_dim:
        box(painter, row.adjusted(px(1), px(1), -px(1), -px(1)), px(6), theme().colour("surface_3"))
    colour = theme().colour("surface_3") if is_dim else theme().colour(side, 0.92 if is_paired else 0.42)
    box(painter, block, px(3), colour, _edge(side, is_dim))
    align, gap = (RIGHT if side == "student" else LEFT), px(28)
    words = QRectF(row.left(), row.center().y() - px(14), row.width() - gap, px(15))
    if side == "teacher":
        words.translate(gap, 0)
    tone = "disabled" if is_dim else "text_1" if is_paired else "text_2"
    text(painter, words, _short(layer.name), "small", tone, align)
    text(painter, words.translated(0, px(14)), layer.size, "micro", "disabled" if is_dim else "text_3", align)


def _edge(side: Side, is_dim: bool) -> QColor | None:
    if is_dim:
        return theme().colour("line_strong")
    return theme().colour("teacher_edge") if side == "teacher" and not theme().is_dark else None


def _pair(painter: QPainter, plan: Plan, pair: Pair, *, is_lit: bool, end: Side | None) -> None:
    ends = [plan.handle(side, name) for side, name in zip(SIDES, pair, strict=True)]
    if ends[0] is None or ends[1] is None:
        return
    _curve(painter, ends[0], ends[1], "text_1" if is_lit else "text_3", 2.0 if is_lit else 1.4)
    for side, where in zip(SIDES, ends, strict=True):
        assert where is not None
        if side == end:
            ring = theme().px(8)
            painter.setPen(QPen(theme().colour("text_1"), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(where, ring, ring)
        mark(painter, SHAPES[side], where, theme().px(9), side, theme().colour("surface_1"))


def _held(painter: QPainter, plan: Plan, held: Held) -> None:
    """Draw the curve to the mouse, or to the layer below it if it may be dropped there."""
    if held.pair is not None:
        anchor = SIDES[held.side == "student"]
        start = plan.handle(anchor, plan.shown.pairs[held.pair][SIDES.index(anchor)])
    else:
        start = plan.handle(held.side, held.name)
    fits = bool(held.target) and not held.why_not(plan.shown)
    stop = (plan.handle(held.to, held.target) if fits else None) or held.at
    if start is not None:
        _curve(painter, start, stop, "text_1" if fits else "text_3", 2.0, dashed=not fits)
        mark(painter, SHAPES[held.to], stop, theme().px(11), held.to, theme().colour("surface_1"))


def _curve(painter: QPainter, start: QPointF, stop: QPointF, token: str, wide: float, *, dashed: bool = False) -> None:
    path, middle = QPainterPath(start), (start.x() + stop.x()) / 2
    path.cubicTo(QPointF(middle, start.y()), QPointF(middle, stop.y()), stop)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme().colour(token), wide, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    painter.drawPath(path)


def _short(layer: str) -> str:
    return layer.removeprefix("net.").removeprefix("network.")
