"""Everything that Basic leaves out: the methods, and sections drawn from the schemas of the recipe and the student."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.recipe.choices import DataChoice
from kdstudio.recipe.optimizing import OptimizerChoice, ScheduleChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe, StopChoice
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.knob_form import KnobForm, Values
from kdstudio.ui.panels.methods.method_mix import LABELS, main_method
from kdstudio.ui.panels.methods.method_rows import MethodRows
from kdstudio.ui.panels.methods.presets import shown_preset
from kdstudio.ui.panels.setup.devices import places, together
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.widgets.layouts import emptied

NOT_AUGMENTED = {
    "text": "Texts are taken as they are: changed copies are for images.",
    "table": "Rows are taken as they are: changed copies are for images.",
    "audio": "Sounds are taken as they are: changed copies are for images.",
}
RUN = ("seed", "device", "devices", "threads", "precision", "compile", "teacher_cache")
BASIC_KNOBS = ("method", "weight", "temperature")  # of the main method


@dataclass(frozen=True, slots=True)
class Section:
    """Knobs that lie together in the recipe: `path` is the object that they are keys of, "" for the recipe itself."""

    title: str
    path: str
    schema: dict[str, Any]
    names: tuple[str, ...]

    def values(self, recipe: dict[str, Any]) -> dict[str, Any]:
        """Return the object that the knobs are keys of; empty where the recipe leaves it out."""
        found: Any = recipe
        for key in filter(None, self.path.replace("[", ".").replace("]", "").split(".")):
            found = found[int(key)] if isinstance(found, list) else found.get(key, {})
        return dict(found)

    def key(self, name: str) -> str:
        """Return the path of one knob in the recipe."""
        return f"{self.path}.{name}" if self.path else name


@cache
def schema_of(part: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a part of the recipe."""
    return part.model_json_schema()


def sections(recipe: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return the sections that apply to a recipe."""
    schedule: tuple[str, ...] = ("name", "warmup_epochs")
    if recipe.get("schedule", {}).get("name") == "step":
        schedule = (*schedule, "milestones", "factor")
    own: tuple[str, ...] = ("name", "momentum", "weight_decay", "max_norm")
    if recipe.get("optimizer", {}).get("name") == "adamw":
        own = ("name", "weight_decay", "max_norm")
    found = [
        *_student_section(recipe, catalogue),
        Section("Optimizer", "optimizer", schema_of(OptimizerChoice), own),
        Section("Schedule", "schedule", schema_of(ScheduleChoice), schedule),
        Section("Early stopping", "stop", schema_of(StopChoice), ("patience",)),
        Section(
            "Augmentation", "augmentation", schema_of(AugmentationChoice), ("flip", "crop", "mixup", "noise", "views")
        ),
        Section("Data", "data", schema_of(DataChoice), ("validation", "test", "limit", "labelled", "omit", "transfer")),
        Section("Run", "", schema_of(Recipe), RUN),
    ]
    return [section for section in found if section.names]


def _student_section(recipe: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    entry = catalogue.student(recipe["student"].get("architecture") or "")
    if entry is None:
        return []
    names = tuple(entry.knobs.get("properties", {}))[1:]  # the first is on the student's card
    return [Section(f"Student · {entry.title}", "student.knobs", entry.knobs, names)]


def changed(recipe: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return the paths of all advanced values that are not the default; what a preset sets is what its name says."""
    shown = shown_preset(recipe, catalogue)
    found = _changed_methods(recipe, catalogue) if shown is None else []
    named = {f"augmentation.{key}" for key in (shown.augmentation if shown is not None else ())}
    for section in sections(recipe, catalogue):
        values, properties = section.values(recipe), section.schema["properties"]
        for name in section.names:
            default = properties[name].get("default")
            if _plain(values.get(name, default)) != _plain(default) and section.key(name) not in named:
                found.append(section.key(name))
    return found


def _changed_methods(recipe: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return the paths of what Basic does not show: further methods, and knobs other than the main temperature."""
    found, methods = [], recipe["methods"]
    main = main_method(methods, catalogue)
    labels = next((i for i, choice in enumerate(methods) if choice["method"] == LABELS), None)
    for i, choice in enumerate(methods):
        if i not in (main, labels):
            found.append(f"methods[{i}]")
            continue
        entry = catalogue.method(choice["method"])
        known = entry.knobs.get("properties", {}) if entry is not None else {}
        for name in [name for name in known if name not in BASIC_KNOBS]:
            default = known[name].get("default")
            if _plain(choice.get(name, default)) != _plain(default):
                found.append(f"methods[{i}].{name}")
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class AdvancedForm(QWidget):
    """The methods as rows, and the sections as forms; a section is drawn anew only when other knobs apply."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("advanced")
        self.setAccessibleName("Advanced settings")
        self._draft = draft
        self.machine: dict[str, Any] = {}  # what the engine told of this computer
        self._choices: Values = {}
        self._drawn: list[Section] = []
        self.forms: list[KnobForm] = []
        self.methods = MethodRows(draft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(16))
        column.addWidget(self.methods)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme().px(8))
        column.addLayout(self._column)

    def refresh(self, catalogue: Catalogue) -> None:
        """Show what the draft has."""
        self.methods.refresh(catalogue)
        choices = self._offered()
        wanted = [self._shown(section, choices) for section in sections(self._draft.value, catalogue)]
        if wanted != self._drawn or choices != self._choices:
            self._choices = choices
            self._draw(wanted)
        for section, form in zip(self._drawn, self.forms, strict=True):
            form.show_values(section.values(self._draft.value))
            if section.path == "augmentation":
                self._allow(form)

    def _offered(self) -> Values:
        """Return the devices of this computer, and how many of the chosen one can train together."""
        if not self.machine:
            return {}
        several = together(self.machine, self._draft.value.get("device", "auto"))
        return {"device": places(self.machine), **({"devices": several} if several else {})}

    def _shown(self, section: Section, choices: Values) -> Section:
        """Leave the number of devices out where there is one alone, unless the recipe wants more."""
        if section.path or "devices" in choices or self._draft.value.get("devices", 1) > 1:
            return section
        return replace(section, names=tuple(name for name in section.names if name != "devices"))

    def _allow(self, augmentation: KnobForm) -> None:
        """Grey augmentation out where the inputs are no images, and say why; not where an error has to be undone."""
        kind, chosen = self._draft.kind, self._draft.value.get("augmentation", {})
        is_error = bool(chosen.get("mixup") or chosen.get("noise"))
        augmentation.setEnabled(kind in (None, "image") or is_error)
        self.not_augmented.setText(NOT_AUGMENTED.get(kind or "", ""))
        self.not_augmented.setVisible(kind in NOT_AUGMENTED)

    def settle(self) -> None:
        """Hand on what is being typed."""
        self.methods.settle()
        for form in self.forms:
            form.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields."""
        return [*self.methods.faults(), *(fault for form in self.forms for fault in form.faults())]

    def _draw(self, wanted: list[Section]) -> None:
        emptied(self._column)
        self._drawn, self.forms = wanted, []
        for section in wanted:
            choices = self._choices if not section.path else None
            form = KnobForm(section.schema, section.names, choices)
            form.setObjectName(f"form-{section.path or 'run'}")
            form.edited.connect(lambda name, value, s=section, f=form: self._edit(s, name, value, f.is_typed(name)))
            self._column.addWidget(Heading(section.title, 3))
            if section.path == "augmentation":
                self.not_augmented = Label("", "small", "3")
                self._column.addWidget(self.not_augmented)
            self._column.addWidget(form)
            self._column.addSpacing(theme().px(4))
            self.forms.append(form)

    def _edit(self, section: Section, name: str, value: Any, typed: bool) -> None:
        title = section.schema["properties"][name].get("title", name)
        self._draft.change(section.key(name), value, f"Change {title[:1].lower()}{title[1:]}", typed=typed)
