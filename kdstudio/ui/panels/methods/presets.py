"""Which published way to distil a draft is, and choosing another."""

import json
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kdstudio.recipe.choices import TeacherChoice
from kdstudio.recipe.presets import PRESETS, Preset, preset
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.stages import Stage
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.method_needs import unmet_by_files
from kdstudio.ui.panels.methods.papers import open_paper
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.fields import ComboBox
from kdstudio.ui.widgets.labels import Label

Value = dict[str, Any]


def shown_preset(value: Value, catalogue: Catalogue) -> Preset | None:
    """Return the preset whose methods, teachers and augmentation a draft has, left-out knobs at their defaults."""
    mine, kinds = _written_out(value["methods"], catalogue), _born(value["teachers"])
    stages = _stages(value.get("stages") or ())
    for one in PRESETS:
        same = mine == _written_out(list(one.methods), catalogue) and kinds == _born(list(one.teachers))
        if same and stages == _stages(one.stages) and one.augments(value):
            return one
    return None


def why_not(one: Preset, draft: Draft, catalogue: Catalogue) -> str:
    """Return why a preset cannot be used with the draft's files, or nothing."""
    for choice in one.methods:
        entry = catalogue.method(choice["method"])
        if catalogue.methods and entry is None:
            return f"The method {choice['method']} is not known here."
        if entry is not None and not one.teachers and (reason := unmet_by_files(entry, draft)):
            return f"{entry.title}: {reason[:1].lower()}{reason[1:]}"
    return ""


def _written_out(methods: list[Value], catalogue: Catalogue) -> list[str]:
    """Return methods in a form that can be compared, whatever their order."""
    found = []
    for choice in methods:
        entry = catalogue.method(choice["method"])
        known = entry.knobs.get("properties", {}) if entry is not None else {}
        defaults = {name: schema["default"] for name, schema in known.items() if "default" in schema}
        whole = {"weight": 1.0, **defaults, **choice}
        numbers = {k: float(v) if type(v) is int else v for k, v in whole.items()}
        found.append(json.dumps(numbers, sort_keys=True))
    return sorted(found)


def _born(teachers: list[Value]) -> list[Value]:
    """Return the teachers that come into being with the student, with everything written out."""
    return [TeacherChoice.model_validate(one).model_dump() for one in teachers if not one.get("path")]


def _stages(stages: Iterable[Value]) -> list[Stage]:
    return [Stage.model_validate(one) for one in stages]


class PresetChoice(QWidget):
    """“As published”: a list of presets, and the paper of the one that is chosen. Choosing is one step of undo."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft, self._paper = draft, ""
        self.setAccessibleName("As published")
        self.combo = ComboBox("Preset")
        self.combo.setObjectName("preset")
        self.combo.setPlaceholderText("Custom")
        self.combo.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for one in PRESETS:
            self.combo.addItem(one.title, one.name)
        self.paper = IconButton("link", "Open the paper", size=28, glyph=14)
        self.paper.setObjectName("preset-paper")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(8))
        row.addWidget(Label("As published", "small", "3"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.combo)
        row.addWidget(self.paper)
        self.combo.activated.connect(lambda _at: self._choose(self.combo.currentData()))
        self.paper.clicked.connect(lambda _=False: open_paper(self._paper))

    def refresh(self, catalogue: Catalogue) -> None:
        """Show which preset the draft is, and grey out those that cannot be used."""
        shown = shown_preset(self._draft.value, catalogue)
        self.combo.setCurrentIndex(-1 if shown is None else self.combo.findData(shown.name))
        self._paper = shown.paper if shown is not None else ""
        self.paper.setEnabled(shown is not None)
        self.paper.set_words(f"Open the paper: {self._paper}" if shown is not None else "No paper: these are your own")
        for one in PRESETS:
            self.combo.grey_out(one.name, why_not(one, self._draft, catalogue))

    def _choose(self, name: str) -> None:
        found = preset(name)
        if found is not None:
            self._draft.replace(found.applied(self._draft.value), f"Use {found.title}")
