"""One input in a grid: what it looks like or says, its true class, and who says what."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from kdstudio.ui import icons
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, MARKS, SHAPES, box, mark, text, width

WIDTH, LINE, PICTURE, PAD = 122, 18, 48, 10  # pixels at scale 1; a tile may be wider
READ_WIDTH = 380  # the same for tiles that are read
WORDS, LONG_WORDS = 35, 17  # heights of words over two lines, and over one where the tile is wide
WIDE = 400  # a wide tile that is read has truth and answers side by side


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


def read_tile_height(wide: float) -> int:
    """Return the height of a tile that is read, in pixels at scale 1, by its width at scale 1."""
    return 2 * PAD + (LONG_WORDS + 5 + LINE if wide >= WIDE else WORDS + 5 + 2 * LINE) - 3


def draw_tile(painter: QPainter, rect: QRectF, sample: Sample, picture: QPixmap | None, state: str) -> None:
    """Draw a tile; `state` is "", "hovered", "current" or "focus"."""
    now, px = theme(), theme().px
    _draw_box(painter, rect, state)
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


def draw_read_tile(painter: QPainter, rect: QRectF, sample: Sample, words: QPixmap | None, state: str) -> None:
    """Draw a tile that is read: a line or two of words, and below them truth and answers in columns."""
    px = theme().px
    _draw_box(painter, rect, state)
    inner = rect.adjusted(px(PAD), px(PAD), -px(PAD), -px(PAD))
    if words is not None:
        painter.drawPixmap(inner.topLeft(), words)
    line = QRectF(inner.left(), inner.top() + words_size(rect).height() + px(5), inner.width(), px(LINE))
    answers = sample.lines()
    if rect.width() >= px(WIDE):
        columns = _columns(line, len(answers) + 1)
        _draw_truth(painter, columns[0], sample)
        columns = columns[1:]
    else:
        _draw_truth(painter, line, sample)
        columns = _columns(line.translated(0, px(LINE)), len(answers))
    for place, (who, said) in zip(columns, answers, strict=True):
        _draw_line(painter, place, who, said, sample.truth)


def words_size(rect: QRectF) -> QSize:
    """Return how large the words are in a tile that is read."""
    px = theme().px
    return QSize(round(rect.width()) - 2 * px(PAD), px(LONG_WORDS if rect.width() >= px(WIDE) else WORDS))


def _draw_box(painter: QPainter, rect: QRectF, state: str) -> None:
    now = theme()
    edge, wide = {"current": ("text_1", 2.0), "hovered": ("line_strong", 1.0)}.get(state, ("line", 1.0))
    box(painter, rect, now.px(8), now.colour("surface_2") if state else None, now.colour(edge), wide)


def _columns(rect: QRectF, count: int) -> list[QRectF]:
    wide = rect.width() / max(2, count)
    return [QRectF(rect.left() + at * wide, rect.top(), wide - theme().px(6), rect.height()) for at in range(count)]


def _draw_truth(painter: QPainter, rect: QRectF, sample: Sample) -> None:
    px = theme().px
    if not sample.truth:
        text(painter, rect, f"#{sample.row}", "caption", "text_3", LEFT)
        return
    icons.draw(painter, "check", QRectF(rect.left() - px(1), rect.center().y() - px(6), px(12), px(12)), "truth")
    text(painter, rect.adjusted(px(15), 0, 0, 0), sample.truth, "smallm", "truth", LEFT)


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
