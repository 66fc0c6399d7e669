"""The six settings that everybody needs: method, epochs, batch, learning rate, temperature, teacher or labels."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.knob_editors import TextKnob
from kdstudio.ui.panels.methods.method_mix import main_method, teacher_share, with_method, with_share
from kdstudio.ui.panels.methods.method_needs import other_task
from kdstudio.ui.panels.methods.share_field import ShareField
from kdstudio.ui.panels.methods.temperature_field import TemperatureField
from kdstudio.ui.panels.setup.advanced_form import schema_of
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.toggles import CheckBox

_STRETCH = (9, 4, 4, 5)  # of method, epochs, batch, learning rate


class BasicForm(QWidget):
    """Follows the draft; every edit is one change of it. `temperatureMoved` follows the slider while it is dragged."""

    temperatureMoved = Signal(float)

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setAccessibleName("Basic settings")
        self._draft, self._catalogue = draft, Catalogue()
        recipe, optimizer = schema_of(Recipe)["properties"], schema_of(OptimizerChoice)["properties"]
        self.method = Combo("Method", [], help="What the student learns from the teacher’s answers.")
        self.method.setObjectName("method")
        self.fields = {
            "epochs": TextKnob("Epochs", recipe["epochs"]),
            "batch_size": TextKnob("Batch", recipe["batch_size"]),
            "optimizer.learning_rate": TextKnob("Learning rate", optimizer["learning_rate"]),
        }
        self._defaults = {"epochs": 30, "batch_size": 128, "optimizer.learning_rate": 0.05}
        self.temperature, self.share = TemperatureField(), ShareField()
        self._is_advanced = False
        self.baseline = CheckBox(
            "Also train the same student without a teacher", "Shows what really came from the teacher."
        )
        self.baseline.setObjectName("baseline")
        self._lay_out()
        self._connect()

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these methods."""
        self._catalogue = catalogue

    def set_advanced(self, is_advanced: bool) -> None:
        """Leave out what the rows of methods below say themselves."""
        self._is_advanced = is_advanced
        self.method.setVisible(not is_advanced)
        self.share.setVisible(not is_advanced)
        self._head.setColumnStretch(0, 0 if is_advanced else _STRETCH[0])
        self.temperature.setVisible(not is_advanced and self.training_temperature() is not None)

    def refresh(self) -> None:
        """Show what the draft has."""
        value = self._draft.value
        self._show_method(value["methods"])
        for path, field in self.fields.items():
            field.show_value(_at(value, path, self._defaults[path]))
        self.share.show_value(teacher_share(value["methods"], self._catalogue))
        self.baseline.setChecked(bool(value.get("baseline", True)))

    def training_temperature(self) -> float | None:
        """The temperature of the method that asks the teacher, None where it has none."""
        at = main_method(self._draft.value["methods"], self._catalogue)
        if at is None:
            return None
        choice = self._draft.value["methods"][at]
        found = choice.get("temperature", self._schema(choice["method"]).get("default"))
        return float(found) if isinstance(found, int | float) else None

    def settle(self) -> None:
        """Hand on what is being typed."""
        for field in self.fields.values():
            field.settle()
        self.temperature.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields, each with its label."""
        found = [(field.label.text(), field.fault) for field in self.fields.values()]
        if self.temperature.isVisibleTo(self):
            found.append(("Training temperature", self.temperature.fault))
        return [f"{label}: {fault[:1].lower()}{fault[1:]}" for label, fault in found if fault]

    def _show_method(self, methods: list[dict[str, Any]]) -> None:
        at = main_method(methods, self._catalogue)
        name = methods[at]["method"] if at is not None else ""
        choices = [(one.name, one.title) for one in self._catalogue.methods if one.needs_teacher]
        if name not in dict(choices):
            choices = [(name, name.replace("_", " ").capitalize() or "Labels only"), *choices]
        self.method.set_choices(choices, name)
        for one in self._catalogue.methods:
            self.method.grey_out(one.name, other_task(one, self._draft))
        entry = self._catalogue.method(name)
        self.method.editor.setToolTip(entry.help if entry is not None else "")
        temperature = self.training_temperature()
        self.temperature.setVisible(temperature is not None and not self._is_advanced)
        if temperature is not None:
            self.temperature.set_schema(self._schema(name) or {"type": "number", "exclusiveMinimum": 0})
            self.temperature.show_value(temperature)

    def _schema(self, method: str) -> dict[str, Any]:
        entry = self._catalogue.method(method)
        found: dict[str, Any] = entry.knobs.get("properties", {}).get("temperature", {}) if entry is not None else {}
        return found

    def _choose_method(self, name: str) -> None:
        methods = with_method(self._draft.value["methods"], name, self._catalogue)
        self._draft.replace({**self._draft.value, "methods": methods}, "Choose method")

    def _set_share(self, share: float) -> None:
        methods = with_share(self._draft.value["methods"], share, self._catalogue)
        self._draft.replace({**self._draft.value, "methods": methods}, "Change what is learned from")

    def _set_temperature(self, value: float) -> None:
        at = main_method(self._draft.value["methods"], self._catalogue)
        if at is not None:
            self._draft.change(f"methods[{at}].temperature", value, "Change temperature")

    def _connect(self) -> None:
        self.method.chosen.connect(self._choose_method)
        self.temperature.moved.connect(self.temperatureMoved)
        self.temperature.settled.connect(self._set_temperature)
        self.share.settled.connect(self._set_share)
        self.baseline.clicked.connect(lambda on: self._draft.change("baseline", bool(on), "Change baseline"))
        for path, field in self.fields.items():
            field.setObjectName(path)
            field.valueEdited.connect(
                lambda value, path=path, field=field: self._draft.change(
                    path, value, f"Change {field.label.text().lower()}", typed=True
                )
            )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(14))
        self._head = head = QGridLayout()
        head.setHorizontalSpacing(theme().px(12))
        for at, (widget, stretch) in enumerate(zip((self.method, *self.fields.values()), _STRETCH, strict=True)):
            head.addWidget(widget, 0, at, Qt.AlignmentFlag.AlignTop)
            head.setColumnStretch(at, stretch)
        sliders = QHBoxLayout()
        sliders.setSpacing(theme().px(22))
        sliders.addWidget(self.temperature, 1)
        sliders.addWidget(self.share, 1)
        column.addLayout(head)
        column.addLayout(sliders)
        column.addWidget(self.baseline)


def _at(value: dict[str, Any], path: str, default: Any) -> Any:
    found: Any = value
    for key in path.split("."):
        found = found.get(key, default) if isinstance(found, dict) else default
    return found
