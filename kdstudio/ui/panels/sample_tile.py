"""One input in a grid: its picture, its true class, and who says what."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, MARKS, SHAPES, box, mark, text, width

WIDTH, LINE, PICTURE, PAD = 122, 18, 48, 10  # pixels at scale 1; a tile may be wider


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the data, its true class ("" without a label) and the class that each learner names, by identity."""

    row: int
    truth: str
    answers: dict[str, str]

    def lines(self) -> list[tuple[tuple[str, ...], str]]:
        """Return who says the same, teacher first, and what they say; the baseline stands alone."""
        teacher, student = self.answers.get("teacher"), self.answers.get("student")
        found: list[tuple[tuple[str, ...], str]] = []
        if teacher is not None and teacher == student:
            found.append((("teacher", "student"), teacher))
        else:
            found += [((who,), said) for who, said in (("teacher", teacher), ("student", student)) if said is not None]
        if "baseline" in self.answers:
            found.append((("baseline",), self.answers["baseline"]))
        return found

    def as_text(self) -> str:
        """The tile in words."""
        told = [f"{' '.join(MARKS[w] for w in who)} {said}" for who, said in self.lines()]
        return ", ".join([f"Input {self.row}", *([f"truth {self.truth}"] if self.truth else []), *told])


def tile_height(samples_lines: int) -> int:
    """Return a tile's height in pixels at scale 1, for that many lines of answers."""
    return 2 * PAD + PICTURE + 6 + samples_lines * LINE - 3


def draw_tile(painter: QPainter, rect: QRectF, sample: Sample, picture: QPixmap | None, state: str) -> None:
    """Draw a tile; `state` is "", "hovered", "current" or "focus"."""
    now, px = theme(), theme().px
    fill = now.colour("surface_2") if state else None
    edge, wide = {"current": ("text_1", 2.0), "hovered": ("line_strong", 1.0)}.get(state, ("line", 1.0))
    box(painter, rect, px(8), fill, now.colour(edge), wide)
    at = QRectF(rect.left() + px(PAD), rect.top() + px(PAD), px(PICTURE), px(PICTURE))
    if picture is not None:
        painter.drawPixmap(at.topLeft(), picture)
    else:
        box(painter, at, px(6), now.colour("surface_2"))
    left = at.right() + px(9)
    room = rect.right() - left - px(6)
    if sample.truth:
        text(painter, QRectF(left, at.top() + px(1), room, px(16)), "truth", "caption", "text_3", LEFT)
        text(painter, QRectF(left, at.top() + px(17), room, px(18)), sample.truth, "smallm", "truth", LEFT)
    else:
        text(painter, QRectF(left, at.top(), room, px(18)), f"#{sample.row}", "caption", "text_3", LEFT)
    for line, (who, said) in enumerate(sample.lines()):
        top = at.bottom() + px(6) + line * px(LINE)
        _draw_line(painter, QRectF(at.left(), top, rect.width() - 2 * px(PAD), px(LINE)), who, said, sample.truth)


def _draw_line(painter: QPainter, rect: QRectF, who: tuple[str, ...], said: str, truth: str) -> None:
    px, x, middle = theme().px, rect.left() + theme().px(4), rect.center().y()
    for identity in who:
        mark(painter, SHAPES[identity], QPointF(x, middle), px(7), identity)
        x += px(13)
    x -= px(1)
    is_right = bool(truth) and said == truth
    role, tone = ("small", "text_2") if who == ("baseline",) else ("smallm", "text_1")
    room = rect.right() - x - (px(17) if is_right else 0)
    text(painter, QRectF(x, rect.top(), room, rect.height()), said, role, tone, LEFT)
    if is_right:
        after = x + min(width(said, role), room) + px(5)
        icons.draw(painter, "check", QRectF(after, middle - px(6), px(12), px(12)), "truth")
