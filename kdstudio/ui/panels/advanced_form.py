"""Everything that Basic leaves out, in sections drawn from the schemas of the recipe, the method and the student."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.recipe.choices import AugmentationChoice, DataChoice, OptimizerChoice, ScheduleChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.knob_form import KnobForm, Values
from kdstudio.ui.panels.method_mix import main_method
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Label

NOT_AUGMENTED = {
    "text": "Texts are taken as they are: flipping and cropping are for images.",
    "table": "Rows are taken as they are: flipping and cropping are for images.",
    "audio": "Sounds are taken as they are: flipping and cropping are for images.",
}
BASIC_KNOBS = ("temperature",)  # of methods: drawn with a slider of their own


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
    own: tuple[str, ...] = ("name", "momentum", "weight_decay")
    if recipe.get("optimizer", {}).get("name") == "adamw":
        own = ("name", "weight_decay")
    found = [
        *_method_section(recipe, catalogue),
        *_student_section(recipe, catalogue),
        Section("Optimizer", "optimizer", schema_of(OptimizerChoice), own),
        Section("Schedule", "schedule", schema_of(ScheduleChoice), schedule),
        Section("Augmentation", "augmentation", schema_of(AugmentationChoice), ("flip", "crop", "views")),
        Section("Data", "data", schema_of(DataChoice), ("validation", "test", "limit", "labelled", "omit")),
        Section("Run", "", schema_of(Recipe), ("seed", "device", "threads", "teacher_cache")),
    ]
    return [section for section in found if section.names]


def _method_section(recipe: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    at = main_method(recipe["methods"], catalogue)
    entry = catalogue.method(recipe["methods"][at]["method"]) if at is not None else None
    if entry is None:
        return []
    names = tuple(name for name in entry.knobs.get("properties", {}) if name not in BASIC_KNOBS)
    return [Section(entry.title, f"methods[{at}]", entry.knobs, names)]


def _student_section(recipe: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    entry = catalogue.student(recipe["student"].get("architecture") or "")
    if entry is None:
        return []
    names = tuple(entry.knobs.get("properties", {}))[1:]  # the first is on the student's card
    return [Section(f"Student · {entry.title}", "student.knobs", entry.knobs, names)]


def changed(recipe: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return the paths of all advanced values that are not the default."""
    found = []
    for section in sections(recipe, catalogue):
        values, properties = section.values(recipe), section.schema["properties"]
        for name in section.names:
            default = properties[name].get("default")
            if _plain(values.get(name, default)) != _plain(default):
                found.append(section.key(name))
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class AdvancedForm(QWidget):
    """The sections as forms; a section is drawn anew only when other knobs apply."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("advanced")
        self.setAccessibleName("Advanced settings")
        self._draft = draft
        self._choices: Values = {}
        self._drawn: list[Section] = []
        self.forms: list[KnobForm] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(8))

    def set_devices(self, devices: list[tuple[Any, str]]) -> None:
        """Offer the devices of this computer."""
        if self._choices.get("device") != devices:
            self._choices, self._drawn = {"device": devices}, []

    def refresh(self, catalogue: Catalogue) -> None:
        """Show what the draft has."""
        wanted = sections(self._draft.value, catalogue)
        if wanted != self._drawn:
            self._draw(wanted)
        for section, form in zip(self._drawn, self.forms, strict=True):
            form.show_values(section.values(self._draft.value))
            if section.path == "augmentation":
                self._allow(form)

    def _allow(self, augmentation: KnobForm) -> None:
        """Grey augmentation out where the inputs are no images, and say why."""
        kind = self._draft.kind
        augmentation.setEnabled(kind in (None, "image"))
        self.not_augmented.setText(NOT_AUGMENTED.get(kind or "", ""))
        self.not_augmented.setVisible(not augmentation.isEnabled())

    def settle(self) -> None:
        """Hand on what is being typed."""
        for form in self.forms:
            form.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields."""
        return [fault for form in self.forms for fault in form.faults()]

    def _draw(self, wanted: list[Section]) -> None:
        while (old := self._column.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
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
