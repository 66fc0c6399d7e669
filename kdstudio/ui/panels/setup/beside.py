"""Beside the methods: what belongs to the one at hand, the teacher's answer softened or split, or the layer pairs."""

from typing import Any

from PySide6.QtWidgets import QStackedWidget

from kdstudio.recipe.problems import Catalogue, Entry
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.layer_pairs import LayerPairs
from kdstudio.ui.panels.methods.method_mix import main_method
from kdstudio.ui.panels.setup.recipe_preview import RecipePreview

DECOUPLED = "decoupled"


class Beside(QStackedWidget):
    """Follows the method of the draft that `look_at` names, and the main one where that has nothing to show."""

    def __init__(self, draft: Draft, preview: RecipePreview) -> None:
        super().__init__()
        self._draft, self._at = draft, -1
        self.preview, self.pairs = preview, LayerPairs(draft)
        self.addWidget(preview)
        self.addWidget(self.pairs)

    def look_at(self, at: int, catalogue: Catalogue) -> None:
        """Turn to a method by its place; −1 is the main one."""
        self._at = at
        self.refresh(catalogue)

    def refresh(self, catalogue: Catalogue) -> None:
        """Show what the draft has."""
        methods = self._draft.value["methods"]
        at, main = self._at, main_method(methods, catalogue)
        entry = catalogue.method(methods[at]["method"]) if 0 <= at < len(methods) else None
        if entry is None or not _has_picture(entry):
            at = main if main is not None else -1
            entry = catalogue.method(methods[at]["method"]) if main is not None else None
        is_paired = entry is not None and _is_paired(entry)
        if entry is not None and is_paired:
            self.pairs.show_method(at, entry.title)
        else:
            self._show_answer(methods[at] if at >= 0 else {}, entry)
        self.setCurrentWidget(self.pairs if is_paired else self.preview)

    def _show_answer(self, choice: dict[str, Any], entry: Entry | None) -> None:
        knobs = _knobs(entry) if entry is not None else {}
        values = {name: choice.get(name, knobs[name].get("default")) for name in knobs}
        temperature = values.get("temperature")
        self.preview.set_temperature(float(temperature) if isinstance(temperature, int | float) else None)
        if entry is not None and entry.name == DECOUPLED:
            self.preview.set_weights(float(values["alpha"]), float(values["beta"]))
        else:
            self.preview.set_whole()


def _knobs(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = entry.knobs.get("properties", {})
    return found


def _is_paired(entry: Entry) -> bool:
    return entry.needs_layers and entry.needs_teacher and "pairs" in _knobs(entry)


def _has_picture(entry: Entry) -> bool:
    return _is_paired(entry) or "temperature" in _knobs(entry)
