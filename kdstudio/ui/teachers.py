"""Who teaches, in words: files by their names, and teachers that come into being with the student."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_BORN = {"peer": "A peer that learns beside the student", "ema": "The average of the student itself"}
_SHORT = {"peer": "a peer", "ema": "its own average"}
_HOW = {
    "peer": "the same network with other first weights; both learn from each other",
    "ema": "its weights follow the student’s, smoothly",
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


def label(teachers: Sequence[Mapping[str, Any]]) -> str:
    """Return a few letters for all teachers: `cnn-large`, `cnn-large + 2`, `a peer`; nothing without any."""
    if not teachers:
        return ""
    first, more = teachers[0], len(teachers) - 1
    name = Path(first["path"]).stem if first.get("path") else _SHORT.get(str(first.get("kind")), "")
    return f"{name} + {more}" if more else name
