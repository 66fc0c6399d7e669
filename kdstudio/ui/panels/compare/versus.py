"""Two students, or one and its twin without a teacher, on the same inputs: by how much they differ, and in what."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.analysis import compare
from kdstudio.analysis.bootstrap import Range
from kdstudio.analysis.compare import McNemar
from kdstudio.core.types import Predictions
from kdstudio.project.contenders import contenders
from kdstudio.project.facts import student_words
from kdstudio.recipe.change import differences
from kdstudio.recipe.recipe import read_json
from kdstudio.ui.widgets.painting import MINUS

_SHOWN = 4  # fields of a recipe that are told in a line
_NO_PART = ("probes", "history", "threads", "device", "devices")  # of a recipe, what makes no other student


@dataclass(frozen=True, slots=True)
class Versus:
    """What is known of two models. `rows` are (what, the first minus the second, unit): points or nats.

    KL is the first's distance from the teacher minus the second's, so that below 0 the first is closer.
    `fields` are the recipe's (path, first, second) that differ, None for models that are not two runs; `places` are the
    positions of inputs on which they name different classes.
    """

    first: Predictions
    second: Predictions
    teacher: Predictions | None
    rows: tuple[tuple[str, Range, str], ...]
    test: McNemar | None
    places: np.ndarray
    fields: tuple[tuple[str, Any, Any], ...] | None
    is_baseline: bool = False


def versus(first: Path, second: Path | None, temperature: float) -> Versus:
    """Compare two runs or files, or a run with its baseline; raises NotComparable and the like."""
    found = contenders([first] if second is None else [first, second])
    teacher = next((one.answers for one in found if one.learner == "teacher"), None)
    teachers = sum(one.learner == "teacher" for one in found)
    two = [one.answers for one in found if one.learner != "teacher"]
    a, b = two[0], two[1] if len(two) > 1 else found[0].answers
    shared = teacher if teachers == 1 and len(two) > 1 else None
    rows = [("Accuracy", compare.accuracy_difference(a, b), "points")]
    if shared is not None:
        rows.append(("Agreement", compare.agreement_difference(shared, a, b), "points"))
        rows.append(("Closer to teacher (KL)", compare.kl_difference(shared, a, b, temperature), "nats"))
    return Versus(
        a,
        b,
        shared,
        tuple((what, value, unit) for what, value, unit in rows if value is not None),
        compare.mcnemar(a, b),
        compare.disagreements(a, b),
        None if second is None or not (first.is_dir() and second.is_dir()) else _fields(first, second),
        is_baseline=second is None,
    )


def _fields(first: Path, second: Path) -> tuple[tuple[str, Any, Any], ...]:
    a, b = (read_json(path / "recipe.json") for path in (first, second))
    first_student, second_student = (student_words(one.pop("student", {})) for one in (a, b))
    rows = [row for row in differences(a, b) if row[0].partition(".")[0] not in _NO_PART]
    named = [(_named(path, a), old, new) for path, old, new in rows]
    students = [("student", first_student, second_student)] if first_student != second_student else []
    return (*students, *named)


def _named(path: str, recipe: dict[str, Any]) -> str:
    """Return a path with the method's name in place of its number: `soft_targets.temperature`."""
    found = re.fullmatch(r"methods\[(\d+)\]\.(.+)", path)
    return f"{recipe['methods'][int(found[1])]['method']}.{found[2]}" if found else path


def fields_words(found: tuple[tuple[str, Any, Any], ...] | None, *, is_baseline: bool) -> str:
    """Return in what two recipes differ: `temperature 4 → 1 · seed 0 → 1`."""
    if is_baseline:
        return "same student, same data; only the teacher differs"
    if found is None:
        return ""
    if not found:
        return "the same recipe"
    told = [f"{_field(path)} {_value(a)} → {_value(b)}" for path, a, b in found[:_SHOWN]]
    more = len(found) - _SHOWN
    return " · ".join(told) + (f" · {more} more" if more > 0 else "")


def test_words(shown: Versus, names: tuple[str, str]) -> str:
    """Return McNemar's test in a sentence."""
    test = shown.test
    if test is None:
        return "Without labels there is no telling which one is right."
    if not test.only_first + test.only_second:
        return "Both get exactly the same inputs right."
    alone = f"Only {names[0]} is right on {test.only_first:,} inputs, only {names[1]} on {test.only_second:,}"
    if test.mid_p >= 0.05:
        return f"{alone}; such a split comes by chance in {_share(test.mid_p)}: not clear from these inputs."
    better = names[0] if test.only_first > test.only_second else names[1]
    return f"{alone}; such a split comes by chance in {_share(test.mid_p)}: {better} is better here."


def signed(found: Range, unit: str) -> str:
    """Return a difference as it is written: `+1.7 pts`, `−0.27`."""
    words = f"{found.value * 100:+.1f} pts" if unit == "points" else f"{found.value:+.3f}"
    return words.replace("-", MINUS)


def _share(chance: float) -> str:
    return "less than 0.1% of cases" if chance < 0.001 else f"{chance:.1%} of cases"


def _field(path: str) -> str:
    return path.replace("_", " ").replace(".", " ")


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    words = (
        "–" if value in (None, "", []) else Path(value).name if isinstance(value, str) and "/" in value else str(value)
    )
    return words if len(words) <= 28 else f"{words[:27]}…"
