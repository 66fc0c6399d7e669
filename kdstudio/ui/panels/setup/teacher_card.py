"""The teacher's card: what the file is, how large, and how well it does on the validation part of the data."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal

from kdstudio.core.measures import headline
from kdstudio.core.paths import resource
from kdstudio.data.sniff import ANSWERS
from kdstudio.data.text.conversation import CONVERSATIONS
from kdstudio.recipe.item import Item
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.amounts import place, shape, size
from kdstudio.ui.panels.setup.checks import CheckRow, role_problems, row
from kdstudio.ui.panels.setup.committee import CommitteeView
from kdstudio.ui.panels.setup.last_check import LastCheck
from kdstudio.ui.panels.setup.role_card import EmptyRole, RoleCard
from kdstudio.ui.panels.setup.ways_out import WaysOut
from kdstudio.ui.teachers import born, over_time
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import LinkButton
from kdstudio.ui.widgets.labels import Heading, Label, ValueRow
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.silhouette import Silhouette

LEGENDS = {
    "image": "one bar per layer: height = image size, width = channels",
    "audio": "one bar per layer: height = spectrogram size, width = channels",
    "text": "one bar per layer: height = words, width = channels",
    "table": "one bar per layer: width = units",
}
_MATCHES: dict[str, str] = {
    "classification": "Class order matches your labels",
    "multi_label": "Its labels are those of your data",
    "regression": "Its numbers are those of your data",
    "next_token": "It reads and writes text like yours",
}
BUNDLED = ("samples", "fashion-teacher.safetensors")


class TeacherCard(RoleCard):
    """Follows the draft's teachers."""

    anotherRequested = Signal()

    def __init__(self, draft: Draft) -> None:
        bundled = "Use the bundled teacher" if resource(*BUNDLED).exists() else ""
        empty = EmptyRole("teacher", "Drop the model you want to learn from (.pt, .safetensors).", bundled)
        super().__init__("teacher", "Teacher", empty)
        self._draft, self._is_compact = draft, False
        self._score = LastCheck(draft, self._scored, lambda check: check.teacher)
        self.name, self.place = Heading("", 2), Label("", "small", "3")
        self.answers = Label("", "body", "1")
        self.ways_out, self.committee = WaysOut(), CommitteeView(draft)
        self.another = LinkButton("Add…")
        self.another.setObjectName("add-teacher")
        self.another.setAccessibleName("Add a teacher to a committee…")
        self.another.setToolTip("Several teachers answer together, as a committee.")
        self.another.clicked.connect(self.anotherRequested)
        self.head.insertWidget(1, self.another)
        self.silhouette = Silhouette("teacher")
        self.legend = Label(LEGENDS["image"], "micro", "2")
        self.parameters, self.shape = ValueRow("Parameters"), ValueRow("Input → output")
        self.accuracy = ValueRow("Accuracy on your validation data")
        self.preprocessing = ValueRow("Pre-processing")
        self.column.addWidget(self.name)
        self.column.addWidget(self.place)
        self.column.addWidget(self.answers)
        self.column.addWidget(self.ways_out)
        self.column.addWidget(self.committee)
        self.column.addSpacing(theme().px(4))
        self.column.addWidget(self.silhouette)
        self.column.addWidget(self.legend)
        self.column.addStretch(1)
        for widget in (self.parameters, self.shape, self.accuracy, self.preprocessing):
            self.column.addWidget(widget)
        self.finish_column()
        self.bundledRequested.connect(lambda: draft.set_path("teacher", resource(*BUNDLED), "Choose teacher"))

    def set_compact(self, is_compact: bool) -> None:
        """Leave the picture out where there is no room."""
        self._is_compact = is_compact
        self.committee.set_compact(is_compact)
        self.refresh()

    def refresh(self) -> None:
        """Show what the draft has."""
        path, item = self._draft.path("teacher"), self._draft.item("teacher")
        self.set_empty(not self._draft.value["teachers"])
        number = len(self._draft.value["teachers"])
        self.another.setVisible(bool(path) and not self._draft.teacher_is_answers)
        self.choose.setText("Replace…" if path else "Use a file…")
        self.committee.setVisible(number > 1 and bool(path))
        if not path:
            self._show_born()
            return
        self.committee.refresh()
        self.name.setText(Path(path).name if number == 1 else f"Committee of {number}")
        self.name.setToolTip(path if number == 1 else "")
        facts = [place(path), *([size(item.bytes)] if item is not None and item.bytes else [])]
        self.place.setText(" · ".join(facts))
        self.place.setVisible(number == 1)  # it is about one file, and so are the details
        self.details.setVisible(number == 1)
        is_model = (item is None or item.parameters is not None) and number == 1
        is_said = item is not None and item.format == CONVERSATIONS
        is_answers = is_said or (item is not None and item.format == ANSWERS and item.classes is not None)
        for widget in (self.silhouette, self.legend):
            widget.setVisible(is_model and not self._is_compact)
        for value in (self.parameters, self.shape, self.preprocessing):
            value.setVisible(is_model)
        self.accuracy.setVisible(not is_said and (is_model or is_answers or number > 1))
        self.answers.setVisible(is_answers)
        self.answers.setText(item.title if item is not None and is_answers else "")
        self._show_network(item)
        self._show_score(item)
        self.ways_out.setVisible(self._is_unknown(item))
        first = self._draft.value["teachers"][0]
        self.ways_out.show_said(first.get("arch", ""), first.get("knobs") or {})
        self.set_rows([*self._rows(item), *self._chain()])

    def _scored(self) -> tuple[str, ...]:
        """What the score is about: all teachers, how they are blended, and the data."""
        value = self._draft.value
        teachers = [one.get("path") for one in value["teachers"]]
        return str(teachers), str(value.get("blend")), self._draft.path("data"), str(value.get("task"))

    def _show_born(self) -> None:
        """Show a teacher that comes into being with the student, or that there is none."""
        self.place.show()
        name, how = born(self._draft.value["teachers"])
        self.name.setText(name)
        self.name.setToolTip("")
        self.place.setText(how)
        for widget in (self.legend, self.accuracy, self.preprocessing, self.answers, self.ways_out, self.details):
            widget.hide()
        self._show_like_student(any(one.get("student") for one in self._draft.value["teachers"]))
        rows = [row(problem) for problem in role_problems(self._draft, "teacher")] if name else []
        rows = rows or ([CheckRow("ok", "Learns in the same run: no file is needed")] if name else [])
        self.set_rows([*rows, *self._chain()])

    def _chain(self) -> list[CheckRow]:
        """Say through whom the teacher reaches the student, where that takes several stages."""
        words = over_time(self._draft.value)
        return [CheckRow("note", words)] if words else []

    def _show_like_student(self, is_other: bool) -> None:
        """Draw the student's network where the teacher has the same."""
        built = self._draft.check.student if self._draft.check is not None and not is_other else None
        item = Item.model_validate(built) if built is not None else None
        self.silhouette.setVisible(item is not None and not self._is_compact)
        self._show_network(item)
        for widget in (self.parameters, self.shape):
            widget.setVisible(item is not None)

    def _show_network(self, item: Item | None) -> None:
        self.legend.setText(LEGENDS.get(item.kind if item is not None else "", LEGENDS["image"]))
        self.silhouette.set_layers(list(item.silhouette) if item is not None else [])
        self.parameters.set_value(count(item.parameters) if item is not None and item.parameters is not None else "–")
        self.shape.set_value(shape(item.input_shape, item.classes, item.kind) if item is not None else "–")

    def _is_unknown(self, item: Item | None) -> bool:
        """Whether a person has to say which network this is, or said something that does not fit."""
        errors = [problem for problem in item.problems if problem.severity == "error"] if item is not None else []
        is_named = any(self._draft.value["teachers"][0].get(key) for key in ("code", "arch"))
        return any(one.action == "architecture" or (is_named and one.action != "trust") for one in errors)

    def _show_score(self, item: Item | None) -> None:
        score = self._score.value
        measure = headline(score.get("task", "classification") if score else self._draft.task)
        value = score["accuracy"] if score is not None else None
        self.accuracy.set_name(f"{measure.short} on your validation data")
        self.accuracy.set_value(measure.words(value), "1" if value is None else "teacher")
        words = score["preprocessing"] if score else item.preprocessing if item is not None else ""
        self.preprocessing.set_value(words.split(" · ", 1)[-1] or "–" if " · " in words else words or "–")

    def _rows(self, item: Item | None) -> list[CheckRow]:
        if item is None:
            return [CheckRow("note", "Looking at the file…")]
        rows = [row(problem) for problem in role_problems(self._draft, "teacher")]
        if self._is_unknown(item):  # a question with its answers above, and no failure of the file
            rows = [replace(one, severity="warning") if one.severity == "error" else one for one in rows]
        if rows and rows[0].severity != "note":
            return rows
        score = self._score.value
        if seen := self._draft.value["teachers"][0].get("data"):
            rows = [CheckRow("note", f"It sees {Path(seen).name}, and the student your data"), *rows]
        if score is not None and score["accuracy"] is not None:
            return [CheckRow("ok", _MATCHES[score.get("task", "classification")]), *rows]
        return rows or [CheckRow("ok", f"Opened: {item.title}")]
