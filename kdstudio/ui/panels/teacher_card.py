"""The teacher's card: what the file is, how large, and how well it does on the validation part of the data."""

from pathlib import Path

from kdstudio.core.paths import resource
from kdstudio.data.sniff import ANSWERS
from kdstudio.recipe.item import Item
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.amounts import place, shape, size
from kdstudio.ui.panels.checks import CheckRow, role_problems, row
from kdstudio.ui.panels.last_check import LastCheck
from kdstudio.ui.panels.role_card import EmptyRole, RoleCard
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Label, ValueRow
from kdstudio.ui.widgets.painting import count, percent
from kdstudio.ui.widgets.silhouette import Silhouette

LEGENDS = {
    "image": "one bar per layer: height = image size, width = channels",
    "audio": "one bar per layer: height = spectrogram size, width = channels",
    "text": "one bar per layer: height = words, width = channels",
    "table": "one bar per layer: width = units",
}
BUNDLED = ("samples", "fashion-teacher.safetensors")


class TeacherCard(RoleCard):
    """Follows the draft's teacher."""

    def __init__(self, draft: Draft) -> None:
        bundled = "Use the bundled teacher" if resource(*BUNDLED).exists() else ""
        empty = EmptyRole("teacher", "Drop the model you want to learn from (.pt, .safetensors).", bundled)
        super().__init__("teacher", "Teacher", empty)
        self._draft, self._is_compact = draft, False
        self._score = LastCheck(draft, lambda: (draft.path("teacher"), draft.path("data")), lambda check: check.teacher)
        self.name, self.place = Heading("", 2), Label("", "small", "3")
        self.answers = Label("", "body", "1")
        self.silhouette = Silhouette("teacher")
        self.legend = Label(LEGENDS["image"], "micro", "2")
        self.parameters, self.shape = ValueRow("Parameters"), ValueRow("Input → output")
        self.accuracy = ValueRow("Accuracy on your validation data")
        self.preprocessing = ValueRow("Pre-processing")
        self.column.addWidget(self.name)
        self.column.addWidget(self.place)
        self.column.addWidget(self.answers)
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
        self.refresh()

    def refresh(self) -> None:
        """Show what the draft has."""
        path, item = self._draft.path("teacher"), self._draft.item("teacher")
        self.set_empty(not path)
        if not path:
            self.set_rows([])
            return
        self.name.setText(Path(path).name)
        facts = [place(path), *([size(item.bytes)] if item is not None and item.bytes else [])]
        self.place.setText(" · ".join(facts))
        is_model = item is None or item.parameters is not None
        is_answers = item is not None and item.format == ANSWERS and item.classes is not None
        for widget in (self.silhouette, self.legend):
            widget.setVisible(is_model and not self._is_compact)
        for value in (self.parameters, self.shape, self.preprocessing):
            value.setVisible(is_model)
        self.accuracy.setVisible(is_model or is_answers)
        self.answers.setVisible(is_answers)
        self.answers.setText(item.title if item is not None and is_answers else "")
        self.legend.setText(LEGENDS.get(item.kind if item is not None else "", LEGENDS["image"]))
        self.silhouette.set_layers(list(item.silhouette) if item is not None else [])
        self.parameters.set_value(count(item.parameters) if item is not None and item.parameters is not None else "–")
        self.shape.set_value(shape(item.input_shape, item.classes, item.kind) if item is not None else "–")
        self._show_score(item)
        self.set_rows(self._rows(item))

    def _show_score(self, item: Item | None) -> None:
        score = self._score.value
        known = score is not None and score["accuracy"] is not None
        self.accuracy.set_value(percent(score["accuracy"]) if score and known else "–", "teacher" if known else "1")
        words = score["preprocessing"] if score else item.preprocessing if item is not None else ""
        self.preprocessing.set_value(words.split(" · ", 1)[-1] or "–" if " · " in words else words or "–")

    def _rows(self, item: Item | None) -> list[CheckRow]:
        if item is None:
            return [CheckRow("note", "Looking at the file…")]
        rows = [row(problem) for problem in role_problems(self._draft, "teacher")]
        if rows and rows[0].severity != "note":
            return rows
        score = self._score.value
        if score is not None and score["accuracy"] is not None:
            return [CheckRow("ok", "Class order matches your labels"), *rows]
        return rows or [CheckRow("ok", f"Opened: {item.title}")]
