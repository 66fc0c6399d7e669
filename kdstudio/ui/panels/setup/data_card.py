"""The data's card: examples, balance of the classes, how it is divided, and whether its labels fit the teacher."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.events import Progress
from kdstudio.core.measures import figures
from kdstudio.core.paths import resource
from kdstudio.core.targets import NEXT_TOKEN, Task, outputs
from kdstudio.data.face import Face
from kdstudio.data.labels import AUTO
from kdstudio.data.text.conversation import CONVERSATIONS
from kdstudio.recipe.item import Item
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.method_mix import LABELS
from kdstudio.ui.panels.setup.checks import CheckRow, role_problems, row
from kdstudio.ui.panels.setup.draft_inputs import SHOWN
from kdstudio.ui.panels.setup.role_card import EmptyRole, RoleCard
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.examples import ExampleLines
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, Label, ValueRow
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.silhouette import ClassBalance

BUNDLED = ("samples", "fashion.npz")
UNLABELLED = "Unlabelled data is fine for distilling; accuracy views will be hidden."
TITLES: dict[str, str] = {
    "classification": "One class",
    "multi_label": "Several labels",
    "regression": "Numbers",
    "next_token": "The next token",
}
_TAKEN: dict[Task, str] = {
    "classification": "Class",
    "multi_label": "Labels",
    "regression": "Number",
    "next_token": "Text",
}
_EACH: dict[Task, str] = {"classification": "per class", "multi_label": "per label"}
_SPLITS = ("train", "validation", "test")


class DataCard(RoleCard):
    """Follows the draft's data."""

    unlabelledAccepted = Signal()

    def __init__(self, draft: Draft) -> None:
        bundled = "Use the bundled fashion items" if resource(*BUNDLED).exists() else ""
        words = "Drop the data to learn from: images, texts, a table or sounds."
        super().__init__("data", "Data", EmptyRole("data", words, bundled))
        self._draft, self._is_compact = draft, False
        self.band.is_brief = True
        self.name, self.format = Heading("", 2), Label("", "small", "3")
        self.thumbnails = [InputTile(42, "Training input") for _ in range(SHOWN)]
        self.target = Combo("", [], help="The column that holds the class of each input.")
        self.target.setObjectName("class-column")
        self.target.editor.setAccessibleName("Class column")
        self.task = Combo("", [], help="What is to be learned: one class, several labels at once, or numbers.")
        self.task.setObjectName("task")
        self.task.editor.setAccessibleName("Task")
        self.taken = Label("Class", "smallm", "2", elide=False)
        self.task_words = Label("Task", "smallm", "2", elide=False)
        self.column_field, self.task_field = _beside(self.taken, self.target), _beside(self.task_words, self.task)
        self.chooser = _side_by_side(self.column_field, self.task_field)
        self.target.chosen.connect(self._choose_target)
        self.task.chosen.connect(self._choose_task)
        self.gallery, self.lines = _rows_of(self.thumbnails, 7), ExampleLines()
        self.balance = ClassBalance()
        self.counts, self.labelled = ValueRow("Train · validation · test"), ValueRow("Labels that the student sees")
        self.accept = Button("Continue without labels", "secondary", size="small")
        self.accept.setObjectName("continue-without-labels")
        self.accept.clicked.connect(self.unlabelledAccepted)
        self.column.addWidget(self.name)
        self.column.addWidget(self.format)
        self.column.addWidget(self.chooser)
        self.column.addSpacing(theme().px(4))
        self.column.addWidget(self.gallery)
        self.column.addWidget(self.lines)
        self.column.addSpacing(theme().px(4))
        self.column.addStretch(1)
        for widget in (self.balance, self.counts, self.labelled):
            self.column.addWidget(widget)
        self.finish_column()
        self.column.addWidget(self.accept)
        self.bundledRequested.connect(lambda: draft.set_path("data", resource(*BUNDLED), "Choose data"))

    def set_compact(self, is_compact: bool) -> None:
        """Leave the examples out where there is no room."""
        self._is_compact = is_compact
        self.refresh()

    def set_examples(self, examples: list[Face]) -> None:
        """Show real inputs."""
        is_read = bool(examples) and not examples[0].is_picture
        self.lines.set_faces(examples if is_read else [])
        for at, thumbnail in enumerate(self.thumbnails):
            thumbnail.set_face(examples[at] if at < len(examples) and not is_read else None, "Training input")
        self._show_examples()

    def _show_examples(self) -> None:
        item = self._draft.item("data")
        is_read = bool(self.lines.faces) or (item is not None and item.kind in ("text", "table"))
        there = not self._is_compact and (item is None or bool(item.counts))
        self.gallery.setVisible(there and not is_read)
        self.lines.setVisible(there and is_read)

    def refresh(self) -> None:
        """Show what the draft has."""
        path, item = self._draft.path("data"), self._draft.item("data")
        self.set_empty(not path)
        if not path:
            self.set_rows([])
            return
        names = [path, *self._draft.value["data"].get("parts", {}).values()]
        self.name.setText(" + ".join(Path(name).name for name in names))
        self.name.setToolTip("\n".join(names))
        self._show_target(item)
        self.format.setText(_format(item) if item is not None else "")
        labelled = item is not None and sum(item.class_counts) > 0
        self._show_examples()
        self.counts.setVisible(item is None or bool(item.counts))
        self.balance.setVisible(labelled and not (self._is_compact and self.chooser.isVisibleTo(self)))
        if item is not None:
            self._show_balance(item)
        self._show_counts(item)
        self.accept.setVisible(self._asks_about_labels(item))
        self.set_rows(self._rows(item))

    def _show_counts(self, item: Item | None) -> None:
        check = self._draft.check
        if check is not None and check.data is not None:
            self.counts.set_value(" · ".join(count(check.data["counts"][name]) for name in _SPLITS))
        elif item is not None and item.counts:
            self.counts.set_value(" · ".join(_known(item.counts.get(name)) for name in _SPLITS))
        else:
            self.counts.set_value("–")
        found = check.data if check is not None and check.data is not None else None
        self.labelled.set_value(count(found["labelled"]) if found is not None else "–")
        self.labelled.setVisible(found is not None and found["labelled"] < found["counts"]["train"])

    def _show_target(self, item: Item | None) -> None:
        """Offer the columns that could hold the class, where there is a choice."""
        wanted = str(self._draft.value["data"].get("target", AUTO))
        task = str(self._draft.value.get("task", AUTO))
        columns = list(item.columns) if item is not None else []
        has_columns = len(columns) > 1 or (item is not None and wanted != AUTO)
        is_usual = task == AUTO and (item is None or item.task == "classification")
        self.column_field.setVisible(has_columns)
        self.task_field.setVisible(has_columns or not is_usual)
        self.chooser.setVisible(has_columns or not is_usual)
        if item is None:
            return
        self.taken.setText(_TAKEN[item.task])
        is_alone = self.column_field.isVisibleTo(self.chooser) != self.task_field.isVisibleTo(self.chooser)
        for label in (self.taken, self.task_words):
            label.setVisible(is_alone or not self._is_compact)
        self.task.set_choices([(AUTO, "Automatic"), *TITLES.items()], task)
        self.task.editor.setToolTip(
            f"What is to be learned: now {outputs(item.task, item.classes or 0, item.class_names)}."
        )
        columns += [wanted] if wanted not in (AUTO, *columns) else []
        proposed = f"Automatic: {item.target}" if wanted == AUTO and item.target else "Automatic"
        self.target.set_choices([(AUTO, proposed), *((name, name) for name in columns)], wanted)

    def _show_balance(self, item: Item) -> None:
        """Show how many inputs have each class or label, or how the first of the numbers lies."""
        if item.numbers:
            first = item.numbers[0]
            ends = (figures(first.least), f"median {figures(first.median)}", figures(first.most))
            self.balance.set_bars(np.array(first.bins), ends, f"{item.class_names[0]}, {' to '.join(ends[::2])}")
        else:
            self.balance.set_counts(np.array(item.class_counts), item.class_names, _EACH.get(item.task, "each"))

    def _choose_target(self, column: str) -> None:
        if column != self._draft.value["data"].get("target", AUTO):
            self._draft.choose("data.target", column, "Choose class column")

    def _choose_task(self, task: str) -> None:
        if task != self._draft.value.get("task", AUTO):
            self._draft.choose("task", task, "Choose task")

    def _asks_about_labels(self, item: Item | None) -> bool:
        wants = any(choice["method"] == LABELS for choice in self._draft.value["methods"])
        return wants and item is not None and item.is_unlabelled

    def _rows(self, item: Item | None) -> list[CheckRow]:
        if item is None:
            return [CheckRow("note", _progress(self._draft.progress("data")))]
        rows = [row(problem) for problem in role_problems(self._draft, "data")]
        if rows and rows[0].severity != "note":
            return rows
        if item.is_unlabelled:
            return [CheckRow("note", UNLABELLED), *rows]
        if item.task == NEXT_TOKEN:
            learned = "Each token of an answer" if item.format == CONVERSATIONS else "Each token"
            return [CheckRow("ok", f"{learned} is learned from those before it"), *rows]
        return [*_names_row(item, self._draft.item("teacher")), *rows]


def _names_row(data: Item, teacher: Item | None) -> list[CheckRow]:
    """Compare the names of the classes; whether their order fits is what the teacher's score tells."""
    if teacher is None or not teacher.classes or teacher.classes != data.classes:
        words = outputs(data.task, data.classes or 0, data.class_names)
        return [CheckRow("ok", words[:1].upper() + words[1:])] if teacher is None or not teacher.classes else []
    if data.task == "regression":  # numbers stand in their order, whatever they are called
        return [CheckRow("ok", f"The teacher answers {outputs(data.task, data.classes, data.class_names)}")]
    total = data.classes
    if not teacher.class_names:
        return [CheckRow("ok", f"{total} labels for {total} teacher outputs, in the order of the file")]
    same = sum(a == b for a, b in zip(data.class_names, teacher.class_names, strict=True))
    if same == total:
        return [CheckRow("ok", f"{total} of {total} labels match the teacher’s outputs")]
    hint = "Compare the names: the first class of the data should be the first output of the teacher."
    return [CheckRow("note", f"{total - same} of {total} classes have another name at the teacher", hint)]


def _progress(event: Progress | None) -> str:
    if event is None:
        return "Looking at the data…"
    return f"{event.doing}: {count(event.done)}{f' of {count(event.total)}' if event.total else ''}…"


def _side_by_side(*fields: QWidget) -> QWidget:
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme().px(12))
    for field in fields:
        line.addWidget(field, 1)
    return made


def _beside(label: Label, field: QWidget) -> QWidget:
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme().px(8))
    line.addWidget(label)
    line.addWidget(field, 1)
    return made


def _known(number: int | None) -> str:
    return "–" if number is None else count(number)


def _format(item: Item) -> str:
    facts = [_plain(item.format), item.input, _classes(item) if item.counts else ""]
    return " · ".join(fact for fact in facts if fact)


def _classes(item: Item) -> str:
    if item.task == NEXT_TOKEN:
        return "the answers are what is learned" if item.format == CONVERSATIONS else "the text is what is learned"
    return outputs(item.task, item.classes, item.class_names) if item.classes else "no labels"


def _plain(format_: str) -> str:
    """Leave out the kind of data, which stands beside it: `text TSV` is TSV."""
    for kind in ("text ", "sound "):
        format_ = format_.removeprefix(kind)
    return format_


def _rows_of(widgets: list[InputTile], each: int) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(8))
    for start in range(0, len(widgets), each):
        line = QHBoxLayout()
        line.setSpacing(theme().px(8))
        for widget in widgets[start : start + each]:
            line.addWidget(widget)
        line.addStretch()
        column.addLayout(line)
    return made
