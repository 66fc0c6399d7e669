"""Parts of the input inspector: who answers what, what is read off the butterfly, and the sentence."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.analysis.butterfly import Answer, Butterfly
from kdstudio.analysis.sentence import Span, percent, plain, sentence
from kdstudio.ui.panels.understand.one_input import OneInput
from kdstudio.ui.panels.understand.transfer_numbers import fraction
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label, MarkLabel, Paragraph

Fact = tuple[str, str, str, str]  # caption, value, what stands behind it, what it means
_WHO = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}
_MARKUP = {
    "class": "<b>{}</b>",
    "truth": '<span class="truth"><span style="font-weight:600">{}</span></span>',
    "teacher": '<span class="teacher">{}</span>',
    "student": '<span class="student">{}</span>',
    "baseline": '<span class="baseline">{}</span>',
}


class AnswerRow(QWidget):
    """● Shirt … 99%: one model's top class and its confidence."""

    def __init__(self, identity: str) -> None:
        super().__init__()
        self._identity = identity
        self._name, self._share = MarkLabel(identity, "", "body", "text_1"), Label("", "body", "2", elide=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._name, 1)
        row.addWidget(self._share)

    def set_answer(self, answer: Answer | None, class_names: tuple[str, ...]) -> None:
        """Show an answer; the row is not there where there is none."""
        self.setVisible(answer is not None)
        if answer is not None:
            self._name.set_words(class_names[answer.top])
            self._share.setText(percent(answer.confidence))
            who = _WHO[self._identity]
            self.setAccessibleName(f"{who}: {class_names[answer.top]}, {percent(answer.confidence)} sure")

    def set_words(self, words: str) -> None:
        """Show an answer of several labels: there is no one confidence."""
        self.setVisible(True)
        self._name.set_words(words)
        self._share.setText("")
        self.setAccessibleName(f"{_WHO[self._identity]}: {words}")


def show_answer(row: AnswerRow, one: OneInput | None, who: str) -> None:
    """Show in a row what a model answers to an input; nothing where there is no such model, or an axis shows it."""
    said = None if one is None else one.said(who)
    if one is None or said is None or one.task == "regression":  # its axes say it
        row.set_answer(None, ())
    elif one.task == "classification":
        row.set_answer(getattr(one.butterfly(1.0), who), one.class_names)
    else:
        row.set_words(said)


class Readout(QWidget):
    """A caption, a number below it, and fainter words after the number."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = caption
        self._value, self._after = Label("–", "h2", "1", elide=False), Label("", "small", "2")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._heading = Label(caption, "small", "2")
        column.addWidget(self._heading)
        row = QHBoxLayout()
        row.setSpacing(theme().px(7))
        row.addWidget(self._value, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._after, 1, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(row)

    def set_fact(self, caption: str, value: str, after: str = "", meaning: str = "") -> None:
        """Show another fact."""
        self._caption = caption
        self._heading.setText(caption)
        self.setToolTip(meaning)
        self.set_value(value, after)

    def set_value(self, value: str, after: str = "") -> None:
        """Show a number."""
        self._value.setText(value)
        self._after.setText(after)
        self.setAccessibleName(f"{self._caption}: {value} {after}".rstrip())

    def words(self) -> str:
        """What is shown, as text."""
        return f"{self._value.text()} {self._after.text()}".rstrip()


class Readouts(QWidget):
    """KL to teacher, rank of the rest, hidden mass: how alike the two wings are, in numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.kl, self.rank, self.hidden = Readout("KL to teacher"), Readout("Rank of the rest"), Readout("Hidden mass")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(theme().px(6))
        grid.addWidget(self.kl, 0, 0)
        grid.addWidget(self.rank, 0, 1)
        grid.addWidget(self.hidden, 1, 0, 1, 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)

    def set_seen(self, seen: Butterfly) -> None:
        """Show the numbers of one input."""
        without = "" if seen.baseline_kl is None else f"without {fraction(seen.baseline_kl)}"
        self.kl.set_fact(
            "KL to teacher",
            "–" if seen.kl is None else fraction(seen.kl),
            without if seen.kl is not None else "no teacher",
            "KL divergence from the teacher’s to the student’s softened answer, in nats.",
        )
        self.rank.set_fact(
            "Rank of the rest",
            "–" if seen.rank is None else fraction(seen.rank),
            "of 1.0" if seen.rank is not None else "",
            "Rank correlation of teacher and student over all classes but the teacher’s first.",
        )
        parts = [percent(answer.hidden) for answer in (seen.teacher, seen.student) if answer is not None]
        meaning = "What teacher → student give to all classes but their first one, softened."
        self.hidden.set_fact("Hidden mass", " → ".join(parts), "not on the top class", meaning)

    def set_facts(self, facts: list[Fact]) -> None:
        """Show up to three other facts; a place without one is empty."""
        for place, fact in zip((self.kl, self.rank, self.hidden), [*facts, *[("", "", "", "")] * 3], strict=False):
            place.set_fact(*fact)


class Sentence(Paragraph):
    """What is worth saying about one input, with class names in bold and numbers in their model's colour."""

    def __init__(self) -> None:
        super().__init__("", "body", "2")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_seen(self, seen: Butterfly) -> None:
        """Show the sentence for one input."""
        self.set_spans(sentence(seen))

    def set_spans(self, spans: tuple[Span, ...]) -> None:
        """Show a sentence."""
        self.set_html("".join(map(_markup, spans)), plain(spans))


def _markup(span: Span) -> str:
    return _MARKUP.get(span.role, "{}").format(html.escape(span.text))
