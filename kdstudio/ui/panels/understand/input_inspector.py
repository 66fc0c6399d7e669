"""The input inspector: one input, the answers of all three models, and how sure each is of every class."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.targets import Task
from kdstudio.data.dataset import Kind
from kdstudio.data.face import Face
from kdstudio.data.image.pictures import has_image_name
from kdstudio.ui.panels.ask_text import AskText
from kdstudio.ui.panels.scrolled import scrolled
from kdstudio.ui.panels.understand.inspector_facts import AnswerRow, Readouts, Sentence, show_answer
from kdstudio.ui.panels.understand.numbers_view import numbers_of
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.task_facts import facts, told
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers
from kdstudio.ui.widgets.buttons import IconButton, LinkButton
from kdstudio.ui.widgets.cards import Divider
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label, MarkLabel
from kdstudio.ui.widgets.number_axes import NumberAxes
from kdstudio.ui.widgets.segmented import Segmented

WIDTH, PICTURE, PICTURE_LOW = 352, 112, 76
HINTS: dict[Kind, str] = {
    "image": "Drop a picture here to ask the models about it.",
    "text": "",  # it has a field to type in
    "table": "← and → walk through the rows of the data.",
    "audio": "← and → walk through the sounds of the data.",
}
_BARS: dict[Task, str] = {
    "classification": "How sure of each class",
    "multi_label": "How sure of each label",
    "regression": "Truth and answers",
}
_READING: dict[Task, str] = {
    "classification": "The teacher’s bars grow to the left, the student’s to the right; ○ is the student without a "
    "teacher, and a line marks the teacher’s level. The true class is underlined.",
    "multi_label": "The teacher’s bars grow to the left, the student’s to the right; ○ is the student without a "
    "teacher, and a line marks the teacher’s level. Each label is a yes or no of its own; true labels are underlined.",
    "regression": "Truth and every model’s answer lie on one axis: the nearer to the truth, the better.",
}
_OWN: dict[Kind, str] = {"image": "Your picture", "text": "Your text"}


class InputInspector(QWidget):
    """Follows the lens at once: `set_lens` only softens one row of logits for each model.

    `stepped` gives −1 or +1, `imageDropped` the path of a picture, `textAsked` a text that was typed, `backAsked` comes
    from the way back out of them.
    """

    stepped = Signal(int)
    imageDropped = Signal(object)
    textAsked = Signal(str)
    backAsked = Signal()
    closed = Signal()
    pinned = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Input inspector")
        self.setAcceptDrops(True)
        self._one: OneInput | None = None
        self._kind: Kind = "image"
        self._lens = 4.0
        self._make()
        px = theme().px
        area = scrolled(self._answer_part(), self._butterfly_part(), Divider(), self.readouts, spacing=12)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(14), px(10))
        column.setSpacing(px(12))
        column.addLayout(self._header())
        column.addWidget(area, 1)
        for widget in (Divider(), self.sentence, self.hint, self.ask):
            column.addWidget(widget)
        self.set_closable(False)
        self.set_kind("image")

    def set_kind(self, kind: Kind) -> None:
        """Offer what can be asked besides the data: a picture that is dropped, a text that is typed."""
        self._kind = kind
        self.setProperty("takesImages", kind == "image")  # the window leaves single pictures to it
        self.ask.setVisible(kind == "text")
        self.rest()
        self._arrange()

    def set_input(self, one: OneInput | None, face: Face | None) -> None:
        """Show an input, or nothing."""
        self._one = one
        self.picture.set_face(face, one.words if one is not None else "No input")
        beside = face is None or face.is_picture
        self._about.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._about.setSpacing(theme().px(16 if beside else 10))
        is_own = one is not None and one.row is None
        self.back.setVisible(is_own)
        for widget in (self.pin, self.previous, self.place, self.following):
            widget.setVisible(not is_own)
        self._show()

    def set_lens(self, temperature: float) -> None:
        """Soften the answers at another temperature, now."""
        self._lens = temperature
        self._show()

    def set_place(self, words: str) -> None:
        """Say which of how many inputs it is: "70 of 197"."""
        self.place.setText(words)

    def rest(self) -> None:
        """Say what can be asked: nothing is asked about."""
        self.hint.setText(HINTS[self._kind])
        self._arrange()

    def wait(self) -> None:
        """Say that the models are asked."""
        self.hint.setText("Asking the models…")
        self.hint.show()

    def set_closable(self, closable: bool) -> None:
        """Offer a cross: the inspector lies over the page."""
        self.close_button.setVisible(closable)

    def set_pinned(self, pinned: bool, possible: bool = True) -> None:
        """Show whether the input is a probe of the next run, and whether it can be one."""
        self.pin.setChecked(pinned)
        self.pin.setEnabled(possible)
        self.pin.set_words("Unpin probe (Shift+P)" if pinned else "Pin as probe of the next run (P)")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the picture smaller where height is scarce."""
        super().resizeEvent(event)
        self._arrange()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one picture."""
        if self._kind == "image" and _picture(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask all models about a picture that was dropped."""
        path = _picture(event)
        if path is not None:
            event.acceptProposedAction()
            self.imageDropped.emit(path)

    def _make(self) -> None:
        self.previous = IconButton("chevron-left", "Previous input (←)")
        self.following = IconButton("chevron-right", "Next input (→)")
        self.close_button, self.back = IconButton("close", "Close (F4)"), LinkButton("Back to the data", "chevron-left")
        self.pin = IconButton("pin", "Pin as probe of the next run (P)")
        self.pin.setCheckable(True)
        self.pin.clicked.connect(self.pinned)
        self.place = Label("", "small", "2", elide=False)
        self.place.setObjectName("place")
        self.picture = InputTile(PICTURE, lines=6, rows=8)
        self.ask = AskText()
        self.ask.asked.connect(self.textAsked)
        self.name, self.truth = Label("Truth", "small", "2"), MarkLabel("check", "–", "h2", "truth")
        self.truth.setObjectName("truth")
        self.own = Label("", "h2")
        self.answers = {who: AnswerRow(who) for who in ("teacher", "student", "baseline")}
        self.softened = Label("", "small", "2")
        self.scale = Segmented(["lin", "log"], "Scale of the bars", height=24)
        self.butterfly = Butterfly(top=10)
        self.butterfly.setObjectName("butterfly")
        self.axes, self.about_bars = NumberAxes(), Label(_BARS["classification"], "smallm", "1", elide=False)
        self.axes.hide()
        self.readouts, self.sentence = Readouts(), Sentence()
        self.sentence.setObjectName("sentence")
        self.hint = Label("", "caption", "3")
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.following.clicked.connect(lambda: self.stepped.emit(1))
        self.close_button.clicked.connect(self.closed)
        self.back.clicked.connect(self.backAsked)
        self.scale.chosen.connect(lambda value: self.butterfly.set_log(value == "log"))

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().px(4))
        row.addWidget(Heading("Input inspector"), 1)
        for widget in (self.back, self.pin, self.previous, self.place, self.following, self.close_button):
            row.addWidget(widget)
        return row

    def _answer_part(self) -> QWidget:
        part = QWidget()
        self._about = QBoxLayout(QBoxLayout.Direction.LeftToRight, part)
        self._about.setContentsMargins(0, 0, 0, 0)
        self._about.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(theme().px(2))
        column.addWidget(self.name)
        column.addWidget(self.truth)
        column.addWidget(self.own)
        column.addSpacing(theme().px(8))
        for answer in self.answers.values():
            column.addWidget(answer)
        column.addStretch()
        self._about.addLayout(column, 1)
        return part

    def _butterfly_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        row = QHBoxLayout()
        row.addWidget(self.about_bars)
        row.addWidget(self.softened, 1)
        row.addWidget(self.scale)
        column.addLayout(row)
        column.addWidget(self.butterfly)
        column.addWidget(self.axes)
        return part

    def _arrange(self) -> None:
        low = self.height() < theme().px(640)
        self.picture.set_side(PICTURE_LOW if low else PICTURE)
        self.hint.setVisible(bool(self.hint.text()) and not low)

    def _show(self) -> None:
        one = self._one
        self.softened.setText(f"softened at T {self._lens:.3g}")
        if one is None:
            self.butterfly.set_answers(Answers((), None))
            return
        is_own, truth = one.row is None, one.truth_words
        none = "No true number" if one.task == "regression" else "No label"
        self.name.setText(_OWN.get(self._kind, "Your input") if is_own else "Truth" if truth else none)
        self.own.setVisible(is_own and bool(one.words))
        self.own.setText(one.words)
        self.truth.setVisible(bool(truth))
        self.truth.set_words(truth)
        for who, row in self.answers.items():
            show_answer(row, one, who)
        is_numbers = one.task == "regression"
        self.softened.setVisible(not is_numbers)
        self.scale.setVisible(not is_numbers)
        self.butterfly.setVisible(not is_numbers)
        self.axes.setVisible(is_numbers)
        self.about_bars.setText(_BARS[one.task])
        self.about_bars.setToolTip(_READING[one.task])
        self.about_bars.setAccessibleDescription(_READING[one.task])
        if is_numbers:
            self.axes.set_numbers(numbers_of(one))
        else:
            self.butterfly.set_answers(one.answers(self._lens))
        if one.task == "classification":
            seen = one.butterfly(self._lens)
            self.readouts.set_seen(seen)
            self.sentence.set_seen(seen)
        else:
            self.readouts.set_facts(facts(one, self._lens))
            self.sentence.set_spans(told(one))


def _picture(event: QDropEvent) -> Path | None:
    """Return the one picture that is dragged, by its name: nothing is opened while the pointer moves."""
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return paths[0] if len(paths) == 1 == len(urls) and has_image_name(str(paths[0])) else None
