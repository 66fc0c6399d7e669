"""A reliability diagram: how often models are right where they are so sure, and how many inputs lie there."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from kdstudio.analysis.confidence import Bin
from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import CENTRE, LEFT, RIGHT, SHAPES, box, count, mark, text

NAMES = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}
DRAWN = ("baseline", "teacher", "student")
FEW = 10  # inputs: a bin with fewer is pale and not joined to the others
REACH = 14  # pixels around a point that count as on it


@dataclass(frozen=True, slots=True)
class Areas:
    """The diagram, the histogram below it, and the lowest confidence that is drawn."""

    plot: QRectF
    bars: QRectF
    lowest: float

    def x(self, share: float) -> float:
        """Return where a confidence stands."""
        return self.plot.left() + (share - self.lowest) / (1 - self.lowest) * self.plot.width()

    def y(self, share: float) -> float:
        """Return where an accuracy stands."""
        return self.plot.bottom() - share * self.plot.height()


class ReliabilityChart(Drawn):
    """`chosen` gives learner and number of a bin. Left and Right go through the student's bins, Enter chooses."""

    chosen = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._bins: dict[str, tuple[Bin, ...]] = {}
        self._under: tuple[str, int] | None = None
        self._marked: tuple[str, int] | None = None
        self._at = 0
        self._note = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Chart: Is its confidence deserved?")

    def set_bins(self, bins: dict[str, tuple[Bin, ...]], note: str = "") -> None:
        """Show the bins of each learner; `note` is said of the student's line."""
        self._bins, self._note = bins, note
        self._under = None
        self._at = min(self._at, max(0, len(bins.get("student", ())) - 1))
        self.setAccessibleDescription(self.as_text())
        self.update()

    def set_marked(self, marked: tuple[str, int] | None) -> None:
        """Ring a bin."""
        self._marked = marked
        self.update()

    def title(self) -> str:
        """The question."""
        return "Is its confidence deserved"

    def as_text(self) -> str:
        """A line for each bin of each learner."""
        return "\n".join(self.words(who, at) for who in self._bins for at in range(len(self._bins[who])))

    def as_csv(self) -> str:
        """A line for each bin."""
        lines = ["model,low,high,confidence,accuracy,inputs"]
        for who, bins in self._bins.items():
            for one in bins:
                numbers = ",".join(f"{v:.6g}" for v in (one.low, one.high, one.confidence, one.accuracy))
                lines.append(f"{who},{numbers},{len(one.positions)}")
        return "\n".join(lines) + "\n"

    def words(self, who: str, at: int) -> str:
        """Return a bin in words."""
        one = self._bins[who][at]
        return (
            f"{NAMES[who]}: {one.confidence:.0%} sure, {one.accuracy:.0%} right, {count(len(one.positions))} inputs "
            f"between {one.low:.0%} and {one.high:.0%}"
        )

    def sizeHint(self) -> QSize:
        """A square and the histogram below."""
        return QSize(theme().px(520), theme().px(500))

    def minimumSizeHint(self) -> QSize:
        """Bins that can still be hit."""
        return QSize(theme().px(320), theme().px(330))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the student's bins."""
        moves, bins = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}, self._bins.get("student", ())
        if event.key() in moves and bins:
            self._at = min(max(self._at + moves[Qt.Key(event.key())], 0), len(bins) - 1)
            self._under = ("student", self._at)
            self.setAccessibleDescription(self.words("student", self._at))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and bins:
            self.chosen.emit("student", self._at)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer."""
        under = self.nearest(event.position())
        if under != self._under:
            self._under = under
            self.setToolTip(self.words(*under) if under else "")
            self.setCursor(Qt.CursorShape.PointingHandCursor if under else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, _event: object) -> None:
        """The pointer is gone."""
        self._under = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the bin."""
        under = self.nearest(event.position())
        if event.button() == Qt.MouseButton.LeftButton and under is not None:
            self.chosen.emit(*under)

    def nearest(self, point: QPointF) -> tuple[str, int] | None:
        """Return whose bin lies at a point: a mark of the diagram, or a bar of the histogram."""
        areas = self.areas()
        if areas.bars.contains(point):
            who = "teacher" if point.y() < areas.bars.center().y() else "student"
            share = areas.lowest + (point.x() - areas.plot.left()) / areas.plot.width() * (1 - areas.lowest)
            inside = (k for k, one in enumerate(self._bins.get(who, ())) if one.low <= share <= one.high)
            found = next(inside, None)
            return None if found is None else (who, found)
        near = [
            (abs(areas.x(one.confidence) - point.x()) + abs(areas.y(one.accuracy) - point.y()), who, at)
            for who in reversed(DRAWN)
            for at, one in enumerate(self._bins.get(who, ()))
        ]
        distance, who, at = min(near, default=(float("inf"), "", 0), key=lambda one: one[0])
        return (who, at) if distance <= theme().px(REACH) else None

    def areas(self) -> Areas:
        """Return where everything stands."""
        px = theme().px
        left, below, tall = float(px(46)), float(px(40)), min(self.height() * 0.26, float(px(130)))
        plot = QRectF(left, px(8), self.width() - left - px(14), self.height() - below - tall - px(44))
        bars = QRectF(left, plot.bottom() + below + px(20), plot.width(), tall)
        lows = [bins[0].low for bins in self._bins.values() if bins]
        return Areas(plot, bars, min(0.8, int(min(lows, default=0.0) * 5) / 5))

    # painting

    def draw(self, painter: QPainter) -> None:
        """Paint grid, diagonal, lines, histogram."""
        areas = self.areas()
        self._draw_axes(painter, areas)
        for who in DRAWN:
            if self._bins.get(who):
                self._draw_line(painter, areas, who)
        self._draw_bars(painter, areas)

    def _draw_axes(self, painter: QPainter, areas: Areas) -> None:
        px, plot = theme().px, areas.plot
        for k in range(6):
            y = areas.y(k / 5)
            painter.setPen(QPen(theme().colour("line"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            text(painter, QRectF(0, y - px(8), plot.left() - px(8), px(16)), f"{k * 20}", "micro", "text_2", RIGHT)
            if k / 5 >= areas.lowest - 1e-9:
                x = areas.x(k / 5)
                for top in (plot.bottom() + px(4), areas.bars.bottom() + px(2)):
                    label = QRectF(x - px(20), top, px(40), px(16))
                    text(painter, label, f"{k * 20}", "micro", "text_2", CENTRE)
        pen = QPen(theme().colour("text_3"), 1.3)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(areas.x(areas.lowest), areas.y(areas.lowest)), QPointF(plot.right(), plot.top()))
        room = plot.width() * 0.45
        over = QRectF(plot.left() + px(14), plot.top() + plot.height() * 0.14, room, px(18))
        text(painter, over, "less sure than it should be", "small", "text_3", LEFT)
        under = QRectF(plot.right() - room, plot.bottom() - plot.height() * 0.12, room - px(10), px(18))
        text(painter, under, "surer than it should be", "small", "text_3", RIGHT)
        middle = QRectF(plot.left(), plot.bottom() + px(19), plot.width(), px(16))
        text(painter, middle, "How sure the model is, %", "caption", "text_2", CENTRE)
        painter.save()
        painter.translate(px(8), plot.center().y())
        painter.rotate(-90)
        text(painter, QRectF(-px(90), -px(8), px(180), px(16)), "How often it is right, %", "caption", "text_2", CENTRE)
        painter.restore()

    def _draw_line(self, painter: QPainter, areas: Areas, who: str) -> None:
        points = [QPointF(areas.x(one.confidence), areas.y(one.accuracy)) for one in self._bins[who]]
        pen = QPen(theme().colour(who), 1.6 if who == "baseline" else 2.2)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([p for p, one in zip(points, self._bins[who], strict=True) if _is_many(one)]))
        for at, point in enumerate(points):
            is_lit = (who, at) in (self._under, self._marked)
            painter.setOpacity(1.0 if is_lit or _is_many(self._bins[who][at]) else 0.3)
            mark(painter, SHAPES[who], point, theme().px(11 if is_lit else 8), who, theme().colour("surface_1"))
            painter.setOpacity(1.0)
            if is_lit:
                ring = QRectF(point.x() - 10, point.y() - 10, 20, 20)
                box(painter, ring, 10, None, theme().colour("text_1"), 1.6)

    def _draw_bars(self, painter: QPainter, areas: Areas) -> None:
        """Draw how many inputs lie where: the teacher's upwards, the student's downwards."""
        px, bars = theme().px, areas.bars
        title = QRectF(bars.left(), bars.top() - px(20), bars.width(), px(16))
        text(painter, title, f"Inputs per confidence: teacher up, student down{self._note}", "caption", "text_2", LEFT)
        most = max((len(one.positions) for who in ("teacher", "student") for one in self._bins.get(who, ())), default=1)
        middle, half = bars.center().y(), bars.height() / 2
        for who, sign in (("teacher", -1), ("student", 1)):
            for at, one in enumerate(self._bins.get(who, ())):
                left, right = areas.x(max(one.low, areas.lowest)) + 1, areas.x(one.high) - 1
                tall = max(1.0, half * len(one.positions) / most)
                bar = QRectF(left, middle - tall if sign < 0 else middle, max(1.0, right - left), tall)
                painter.setPen(Qt.PenStyle.NoPen)
                is_lit = (who, at) in (self._under, self._marked)
                painter.setBrush(theme().colour(who, 1.0 if is_lit else 0.8))
                painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setPen(QPen(theme().colour("line_strong"), 1))
        painter.drawLine(QPointF(bars.left(), middle), QPointF(bars.right(), middle))
        for y in (bars.top() + px(6), bars.bottom() - px(6)):
            text(painter, QRectF(0, y - px(8), bars.left() - px(8), px(16)), count(most), "micro", "text_2", RIGHT)


def _is_many(one: Bin) -> bool:
    return len(one.positions) >= FEW
