"""Changing one value of a recipe by its path, as `--set KEY.PATH=VALUE` and undo in the window do."""

import json
import re
from typing import Any

from kdstudio.core.errors import InvalidRecipe, Problem


def assign(value: dict[str, Any], assignment: str) -> dict[str, Any]:
    """Return a copy of a recipe's JSON object with `PATH=VALUE` carried out.

    VALUE is JSON where it can be read as JSON, otherwise a string. A list item is counted (`methods[1].weight`) or,
    for methods, named (`methods.soft_targets.temperature`).
    """
    path, new = split(assignment)
    copy: dict[str, Any] = json.loads(json.dumps(value))
    parts = [int(part) if part.isdigit() else part for part in re.split(r"[.\[\]]+", path.strip("[]. ")) if part]
    target: Any = copy
    for part in parts[:-1]:
        target = _step(target, part, path)
    last = _key(target, parts[-1], path)
    target[last] = new
    return copy


def split(assignment: str) -> tuple[str, Any]:
    """Return path and value of `PATH=VALUE`."""
    path, equals, text = assignment.partition("=")
    if not equals or not path.strip():
        raise _refusal(assignment, "is not of the form KEY.PATH=VALUE")
    try:
        return path.strip(), json.loads(text)
    except json.JSONDecodeError:
        return path.strip(), text


def value_at(value: dict[str, Any], path: str) -> Any:
    """Return what stands at a path of a recipe's JSON object, None where nothing does."""
    found: Any = value
    for part in re.split(r"[.\[\]]+", path.strip("[]. ")):
        if isinstance(found, list):
            found = found[int(part)] if part.isdigit() and int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def differences(old: Any, new: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return (path, old, new) for every value in which two JSON objects differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = list(dict.fromkeys([*old, *new]))
        rows = [differences(old.get(key), new.get(key), f"{path}.{key}" if path else key) for key in keys]
        return [row for part in rows for row in part]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [row for i, (a, b) in pairs for row in differences(a, b, f"{path}[{i}]")]
    return [] if old == new else [(path, old, new)]


def _step(target: Any, part: str | int, path: str) -> Any:
    key = _key(target, part, path)
    if isinstance(target, dict) and key not in target:
        target[key] = {}
    return target[key]


def _key(target: Any, part: str | int, path: str) -> Any:
    if isinstance(target, list):
        if isinstance(part, str):
            named = [i for i, item in enumerate(target) if isinstance(item, dict) and item.get("method") == part]
            if not named:
                raise _refusal(path, f"there is no method {part!r} in this recipe")
            return named[0]
        if part >= len(target):
            raise _refusal(path, f"there are only {len(target)} items, counted from 0")
        return part
    if isinstance(target, dict):
        return str(part)
    raise _refusal(path, f"{part!r} has nothing inside it that could be set")


def _refusal(path: str, message: str) -> InvalidRecipe:
    return InvalidRecipe([Problem(message=message, where=path, hint="For example --set optimizer.learning_rate=0.01")])
