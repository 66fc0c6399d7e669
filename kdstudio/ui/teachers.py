"""Who teaches, in words: files by their names, and teachers that come into being with the student."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kdstudio.core.events import in_words
from kdstudio.recipe.choices import TeacherChoice
from kdstudio.recipe.stages import Stage, chain, names

_BORN = {
    "peer": "A peer that learns beside the student",
    "ema": "The average of the student itself",
    "past_self": "The student’s past self",
}
_SHORT = {"peer": "a peer", "ema": "its own average", "past_self": "its past self"}
_TITLES = {"peer": "Its peers", "ema": "Its average", "past_self": "Past self"}  # short enough for a tile
_HOW = {
    "peer": "the same network with other first weights; both learn from each other",
    "ema": "its weights follow the student’s, smoothly",
    "past_self": "the same network, trained before it",
}


def born(teachers: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return what teachers without a file are, and how they come about; nothing where there is a file, or none."""
    kinds = [str(one.get("kind", "frozen")) for one in teachers if not one.get("path")]
    if not kinds or kinds[0] not in _BORN:
        return "", ""
    if len(kinds) > 1:
        return f"{len(kinds)} peers that learn beside the student", _HOW["peer"].replace("both", "all")
    network = (teachers[0].get("student") or {}).get("architecture")
    how = f"{network.replace('_', ' ')}; both learn from each other" if network else _HOW[kinds[0]]
    return _BORN[kinds[0]], how


def title(teachers: Sequence[Mapping[str, Any]]) -> str:
    """Return what the teacher's numbers are called: `Teacher`, or who teaches where that came into being in the run."""
    return _TITLES.get(str(teachers[0].get("kind")), "Teacher") if teachers else "Teacher"


def over_time(value: Mapping[str, Any]) -> str:
    """Return who learns one after the other, for a recipe with several stages; "" for others."""
    stages = tuple(Stage.model_validate(one) for one in value.get("stages") or ())
    teachers = [TeacherChoice.model_validate(one) for one in value["teachers"]]
    between = [in_words(name) for name in names(chain(stages, teachers))[:-1]]
    if not between:
        return ""
    return f"{len(between) + 1} stages: {', '.join(between)}, student"


def label(teachers: Sequence[Mapping[str, Any]]) -> str:
    """Return a few letters for all teachers: `cnn-large`, `cnn-large + 2`, `a peer`; nothing without any."""
    if not teachers:
        return ""
    first, more = teachers[0], len(teachers) - 1
    name = Path(first["path"]).stem if first.get("path") else _SHORT.get(str(first.get("kind")), "")
    return f"{name} + {more}" if more else name
