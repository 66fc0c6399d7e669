"""The student's card: a new model of an architecture, or a file to go on from, at the teacher's scale."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.core.targets import Task
from kdstudio.data.face import NOUNS
from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Catalogue
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.amounts import place, ratio, shape
from kdstudio.ui.panels.methods.knob_editors import ChoiceKnob, KnobEditor, TextKnob, knob_editor
from kdstudio.ui.panels.setup.checks import CheckRow, role_problems, row
from kdstudio.ui.panels.setup.last_check import LastCheck
from kdstudio.ui.panels.setup.prune_slider import PruneSlider
from kdstudio.ui.panels.setup.role_card import RoleCard
from kdstudio.ui.panels.setup.shrink_sliders import ShrinkSliders
from kdstudio.ui.students import new_student, student_items, taken_kind
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.labels import Label, ValueRow
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.silhouette import Silhouette
from kdstudio.ui.widgets.toggles import CheckBox

_ANSWERS: dict[Task, str] = {
    "classification": "classes",
    "multi_label": "labels",
    "regression": "numbers",
    "next_token": "tokens",
}
_QUANTIZE = (
    "The student learns with weights and activations rounded to whole numbers of 8 bits, as its exported file computes."
)
FILE, SHRINK = "file:", "shrink:"  # values of the combo entries that stand for a file and for a smaller teacher


class StudentCard(RoleCard):
    """Follows the draft's student. Its first knob is here, the others are among the advanced settings."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("student", "Student", None)
        self._draft, self._catalogue = draft, Catalogue()
        self._knob_of = ""
        self._built = LastCheck(
            draft, lambda: (str(draft.value["student"]), draft.path("data")), lambda check: check.student
        )
        self.knob: KnobEditor | None = None
        self.architecture = Combo("", [])
        self.architecture.setObjectName("architecture")
        self.architecture.editor.setAccessibleName("Student architecture")
        self.architecture.setAccessibleName("Student architecture")
        self.architecture.chosen.connect(self._choose)
        self._line = QHBoxLayout()
        self._line.setSpacing(theme().px(8))
        self._line.addWidget(self.architecture, 1)
        self.shrink = ShrinkSliders()
        self.shrink.moved.connect(
            lambda name, share: draft.change(f"student.shrink.{name}", share, f"Change {name}", typed=True)
        )
        self.shrink.settled.connect(draft.end_typing)
        self.prune = PruneSlider()
        self.prune.moved.connect(lambda share: draft.change("student.prune", share, "Prune", typed=True))
        self.prune.settled.connect(draft.end_typing)
        self.prune.turned.connect(lambda unit: draft.change("student.prune_unit", unit, "Prune what"))
        self.quantize = CheckBox("Quantize to 8 bits")
        self.quantize.setObjectName("quantize")
        self.quantize.setToolTip(_QUANTIZE)
        self.quantize.clicked.connect(
            lambda is_on: draft.change("student.quantize", "int8" if is_on else None, "Quantize" if is_on else "")
        )
        self.origin = Label("", "small", "3")
        self.silhouette = Silhouette("student")
        self.legend = Label("same scale as the teacher", "micro", "2")
        self.parameters, self.shape = ValueRow("Parameters"), ValueRow("Input → output")
        self.smaller = ValueRow("Size compared with teacher")
        self.work = ValueRow("Multiply-adds per image")
        self._build()

    def _build(self) -> None:
        self.column.addLayout(self._line)
        self.column.addWidget(self.origin)
        self.column.addWidget(self.shrink)
        self.column.addWidget(self.prune)
        self.column.addWidget(self.quantize)
        self.column.addSpacing(theme().px(4))
        self.column.addWidget(self.silhouette)
        self.column.addWidget(self.legend)
        self.column.addStretch(1)
        for value in (self.parameters, self.shape, self.smaller, self.work):
            self.column.addWidget(value)
        self.finish_column()

    def set_compact(self, is_compact: bool) -> None:
        """Leave the picture out where there is no room."""
        self.silhouette.setVisible(not is_compact)
        self.legend.setVisible(not is_compact)
        self.prune.set_compact(is_compact)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these architectures."""
        self._catalogue, self._knob_of = catalogue, ""
        self.refresh()

    def settle(self) -> None:
        """Hand on what is being typed."""
        if self.knob is not None:
            self.knob.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the field."""
        fault = self.knob.fault if self.knob is not None else ""
        return [f"Student: {fault[:1].lower()}{fault[1:]}"] if fault else []

    def refresh(self) -> None:
        """Show what the draft has."""
        path, value = self._draft.path("student"), self._draft.value["student"]
        self._show_choice(path, value)
        self._show_knob(value)
        item = self.item()
        teacher = self._draft.item("teacher")
        layers = list(item.silhouette) if item is not None else []
        self.legend.setText("same scale as the teacher" if layers and teacher is not None else "")
        self.silhouette.set_layers(layers, list(teacher.silhouette) if teacher is not None else None)
        self.parameters.set_value(count(item.parameters) if item is not None and item.parameters is not None else "–")
        self.shape.set_value(shape(item.input_shape, item.classes, item.kind) if item is not None else "–")
        self.work.set_name("Multiply-adds per " + NOUNS[self._draft.kind or "image"])
        self.work.set_value(_operations(item.macs) if item is not None and item.macs else "–")
        compared = ratio(teacher.parameters if teacher else None, item.parameters if item else None)
        self.smaller.set_value(compared or "–", "student" if compared else "1")
        self.details.setVisible(item is not None)
        self.set_rows(self._rows(item, teacher))

    def _show_choice(self, path: str, value: dict[str, Any]) -> None:
        choices = student_items(self._catalogue, taken_kind(self._draft.kind or "", self._draft.task))
        architecture = value.get("architecture") or ""
        shrink = value.get("shrink")
        if path:
            choices = [(FILE, Path(path).name), *choices]
        elif not shrink and architecture not in dict(choices):
            known = self._catalogue.student(architecture)
            title = known.title if known is not None else architecture.replace("_", " ").capitalize()
            choices = [(architecture, title), *choices]
        choices = [*choices, (SHRINK, "Shrink the teacher")]
        self.architecture.set_choices(choices, FILE if path else SHRINK if shrink else architecture)
        self.architecture.editor.setToolTip(path or self.architecture.editor.currentText())
        self.architecture.grey_out(SHRINK, why_not_shrunk(self._draft))
        self.shrink.setVisible(bool(shrink))
        if shrink:
            teacher = self._draft.item("teacher")
            values = {"width": shrink.get("width", 0.5), "depth": shrink.get("depth", 1.0)}
            self.shrink.show_values(values, teacher.shrinks if teacher is not None else ())
        self.prune.setVisible(bool(path))
        self.prune.show_share(value.get("prune"), value.get("prune_unit", "channels"))
        self.quantize.setVisible(bool(path))
        self.quantize.setChecked(value.get("quantize") is not None)
        self.choose.setText("Replace…" if path else "Use a file…")
        self.choose.setAccessibleName("Replace student…" if path else "Use a file as student…")
        new = "a smaller one of the teacher’s family" if shrink else "new, random weights · or drop a checkpoint"
        self.origin.setText(f"goes on from {place(path)}" if path else new)

    def _show_knob(self, value: dict[str, Any]) -> None:
        name = value.get("architecture") or ""
        entry = self._catalogue.student(name)
        schema = entry.knobs.get("properties", {}) if entry is not None else {}
        first = next(iter(schema), "")
        key = f"{name}.{first}" if first else ""
        if key != self._knob_of:
            self._knob_of = key
            if self.knob is not None:
                self._holder.setParent(None)
                self._holder.deleteLater()
                self.knob = None
            if first:
                self._add_knob(first, schema[first])
        if self.knob is not None:
            self.knob.show_value(value.get("knobs", {}).get(first, schema[first].get("default")))

    def _add_knob(self, name: str, schema: dict[str, Any]) -> None:
        self.knob = knob_editor(name, schema)
        self._holder = QWidget()
        line = QHBoxLayout(self._holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(8))
        if isinstance(self.knob, TextKnob | ChoiceKnob):
            line.addWidget(Label(self.knob.label.text(), "smallm", "2", elide=False))
            self.knob.label.hide()
        self.knob.setFixedWidth(theme().px(104 if isinstance(self.knob, ChoiceKnob) else 84))
        line.addWidget(self.knob)
        typed = isinstance(self.knob, TextKnob)
        self.knob.valueEdited.connect(
            lambda value: self._draft.change(f"student.knobs.{name}", value, f"Change {name}", typed=typed)
        )
        self._line.addWidget(self._holder)

    def _choose(self, name: str) -> None:
        entry = self._catalogue.student(name)
        if name == SHRINK and not why_not_shrunk(self._draft):
            teacher = self._draft.item("teacher")
            is_narrowed = teacher is not None and "width" in teacher.shrinks
            shares = {"width": 0.5, "depth": 1.0} if is_narrowed else {"width": 1.0, "depth": 0.5}
            self._draft.replace({**self._draft.value, "student": {"shrink": shares}}, "Shrink the teacher")
        elif name != FILE and entry is not None:
            self._draft.replace({**self._draft.value, "student": new_student(entry)}, "Choose student")

    def item(self) -> Item | None:
        """Return the student as it was built or opened last, or None."""
        built = self._built.value
        return Item.model_validate(built) if built is not None else self._draft.item("student")

    def _rows(self, item: Item | None, teacher: Item | None) -> list[CheckRow]:
        rows = [row(problem) for problem in role_problems(self._draft, "student")]
        if rows and rows[0].severity != "note":
            return rows
        if item is None:
            return [CheckRow("note", "Choose teacher and data to size it"), *rows]
        if teacher is not None and teacher.classes == item.classes:
            what = _ANSWERS[item.task]
            same = f"Same input and {what}" if teacher.input_shape == item.input_shape else f"Same {what}"
            return [CheckRow("ok", f"{same} as the teacher"), *rows]
        return rows or [CheckRow("ok", "Can be built")]


def why_not_shrunk(draft: Draft) -> str:
    """Return why the student cannot be a smaller teacher, or nothing."""
    item = draft.item("teacher")
    if draft.teacher_is_answers:
        return "The teacher is a file of its answers, and no model."
    if item is None:
        return "Choose a teacher first."
    return "" if item.shrinks else f"How to build a smaller {item.format} model is not known: choose an architecture."


def _operations(macs: int) -> str:
    for limit, unit in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if macs >= limit:
            return f"{macs / limit:.1f} {unit}"
    return str(macs)
