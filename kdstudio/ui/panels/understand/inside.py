"""What the Layers tab shows: how alike the layers of a run's models are, in grids and in a sentence."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdstudio.analysis.layers import LayersCompared
from kdstudio.analysis.similarity import correlation, order
from kdstudio.core.layout import RunFolder
from kdstudio.project.layers import read_layers
from kdstudio.ui.charts.grids import Axis, Grid
from kdstudio.ui.widgets.painting import MINUS, count

TITLES = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}


@dataclass(frozen=True, slots=True)
class Inside:
    """`found` of the run in `folder`; `order` (C,) puts classes side by side that the teacher's features hold alike."""

    folder: Path
    found: LayersCompared
    order: np.ndarray


def inside(folder: Path) -> Inside | None:
    """Read what the run keeps, for the analysis thread; None where nothing is known about its best student."""
    found = read_layers(RunFolder(folder))
    if found is None or "student" not in found.cka:
        return None
    classes = found.classes.get("teacher")
    return Inside(folder, found, np.zeros(0, dtype=np.int64) if classes is None else order(classes))


def layer_grids(shown: Inside) -> tuple[Axis, list[Grid]]:
    """Return teacher's layers × layers of student and baseline."""
    found = shown.found
    rows = Axis(found.layers["teacher"], "teacher", TITLES["teacher"])
    return rows, [Grid(who, TITLES[who], found.layers[who], values) for who, values in found.cka.items()]


def class_grids(shown: Inside) -> tuple[Axis, list[Grid]]:
    """Return classes × classes for every model."""
    names = tuple(shown.found.class_names[k] for k in shown.order.tolist())
    square = np.ix_(shown.order, shown.order)
    return Axis(names), [Grid(who, TITLES[who], names, values[square]) for who, values in shown.found.classes.items()]


def asked_words(shown: Inside, mode: str) -> str:
    """Say which number it is, and what was asked."""
    found = shown.found
    number = "linear CKA" if mode == "layers" else "cosine of class means"
    some = "" if found.inputs == found.of else f"{count(found.inputs)} of "
    return f"{number}, best student, {some}{count(found.of)} test inputs"


def layer_words(shown: Inside) -> str:
    """Say how near the student's layers come to the teacher's, and how near they come without it."""
    found = shown.found
    rows, own = found.layers["teacher"], found.layers["student"]
    at = max(0, len(rows) - 2)  # the last one before the answer itself
    best = found.best("student")
    nearest = own[int(np.nanargmax(np.nan_to_num(found.cka["student"][at], nan=-1.0)))]
    first = f"The teacher’s last layer before its answer, {rows[at]}, is most like the student’s {nearest}: "
    if "baseline" not in found.cka:
        return (
            f"{first}{_two(best[at])}. The best matches of all layers of the teacher average {_two(best.mean())}. "
            "Train a baseline to know how much of that comes without a teacher."
        )
    alone = found.best("baseline")
    change = best.mean() - alone.mean()
    return (
        f"{first}{_two(best[at])}, without teacher {_two(alone[at])}. The best matches of all layers of the teacher "
        f"average {_two(best.mean())}, without teacher {_two(alone.mean())}: {_difference(change)} in this one run."
    )


def class_words(shown: Inside) -> str:
    """Say whether features hold the same classes alike."""
    off = {}
    for who, values in shown.found.classes.items():
        off[who] = np.where(np.eye(len(values), dtype=bool), np.nan, values)
    near = {who: correlation(off["teacher"], values) for who, values in off.items() if who != "teacher"}
    if near.get("student") is None:
        return "There are too few classes to compare which of them are alike."
    with_teacher = _two(near["student"])
    words = f"Which classes are alike to the student follows the teacher with a rank correlation of {with_teacher}"
    return f"{words}, without teacher {_two(near['baseline'])}." if near.get("baseline") is not None else f"{words}."


def _two(value: float | None) -> str:
    """Two decimals, without a leading zero."""
    if value is None:
        return "–"
    words = f"{abs(value):.2f}".removeprefix("0")
    return MINUS + words if value < 0 and words != ".00" else words


def _difference(value: float) -> str:
    if abs(value) < 0.005:
        return "no difference"
    return _two(value) if value < 0 else f"+{_two(value)}"
