"""What a sweep varies: the paths of a recipe, and for each of them a list of values or a range."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kdstudio.core.errors import InvalidRecipe, Problem


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`; whole ones where both are whole."""

    low: int | float
    high: int | float

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def is_log(self) -> bool:
        """Whether each power of ten counts the same: where the bounds are a factor of ten or more apart."""
        return self.low > 0 and self.high >= 10 * self.low


Axes = dict[str, list[Any] | Range]  # what is varied, by its path in the recipe


def axes(given: Sequence[str]) -> Axes:
    """Read `PATH=VALUE,VALUE…` and `PATH=LOW..HIGH`; raises InvalidRecipe with all that is wrong.

    A value is JSON where it can be read as JSON, otherwise a string, as with `--set`. Commas inside brackets, braces
    and quotes belong to a value: `student.knobs.hidden=[32],[64,64]`.
    """
    problems: list[Problem] = []
    found: Axes = {}
    for text in given:
        path, equals, rest = text.partition("=")
        path, values = path.strip(), _range(rest) or _values(rest)
        if not equals or not path or not values:
            hint = "For example --over methods.soft_targets.temperature=1,2,4"
            problems.append(Problem(message="is not of the form KEY.PATH=VALUE,VALUE", where=text, hint=hint))
        elif path in found:
            problems.append(Problem(message="is varied twice", where=path, hint="Give all its values in one --over."))
        elif isinstance(values, Range) and values.low >= values.high:
            hint = "For example --over optimizer.learning_rate=0.001..0.1"
            problems.append(Problem(message="is no range from a lower to a higher number", where=path, hint=hint))
        found[path] = values
    if problems:
        raise InvalidRecipe(problems)
    return found


def to_value(varied: Axes) -> dict[str, Any]:
    """Return what is varied as a JSON object; a range is `{"low": …, "high": …}`."""
    ranges = {path: one for path, one in varied.items() if isinstance(one, Range)}
    return {**varied, **{path: {"low": one.low, "high": one.high} for path, one in ranges.items()}}


def from_value(value: dict[str, Any]) -> Axes:
    """Read that JSON object; raises KeyError and TypeError where it is none."""
    return {path: one if isinstance(one, list) else Range(one["low"], one["high"]) for path, one in value.items()}


def _range(text: str) -> Range | None:
    low, dots, high = text.partition("..")
    bounds = [_read(part.strip()) for part in (low, high)]
    is_range = dots and all(isinstance(one, int | float) and not isinstance(one, bool) for one in bounds)
    return Range(*bounds) if is_range else None


def _values(text: str) -> list[Any]:
    """Split at the commas that are outside brackets and quotes; each value is given once."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    read = {json.dumps(value): value for value in (_read(part.strip()) for part in parts if part.strip())}
    return list(read.values())


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
