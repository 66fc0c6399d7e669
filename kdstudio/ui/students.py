"""New students: which architectures a kind of data can be learned by, and with which one it begins."""

from typing import Any

from kdstudio.core.targets import NEXT_TOKEN, Task
from kdstudio.recipe.problems import Catalogue, Entry

_USUAL = {"image": "small_cnn", "text": "text_cnn", "table": "mlp", "audio": "small_cnn", "tokens": "tiny_transformer"}


def taken_kind(kind: str, task: Task) -> str:
    """Return what a student has to take: of running text its tokens, otherwise the data as it is."""
    return "tokens" if task == NEXT_TOKEN else kind


def student_items(catalogue: Catalogue, kind: str | None = None) -> list[tuple[str, str]]:
    """Return (name, title) of every architecture that can be built for a kind of data, for a combo box."""
    return [(entry.name, entry.title) for entry in catalogue.students if entry.fits(kind)]


def new_student(entry: Entry) -> dict[str, Any]:
    """Return a student of an architecture, with its first knob at its usual value: that one is on the card."""
    first = next(iter(entry.knobs.get("properties", {}).items()), None)
    knobs = {first[0]: first[1]["default"]} if first and "default" in first[1] else {}
    return {"architecture": entry.name, "knobs": knobs}


def usual_student(catalogue: Catalogue, kind: str) -> dict[str, Any] | None:
    """Return the student that data of this kind begins with, or None where no architecture is for it."""
    fitting = [entry for entry in catalogue.students if entry.fits(kind)]
    entry = next((entry for entry in fitting if entry.name == _USUAL.get(kind)), next(iter(fitting), None))
    return None if entry is None else new_student(entry)
