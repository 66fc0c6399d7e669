"""Many runs of one recipe: a trial for each combination of the values that are varied."""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from kdstudio.core.digest import digest_value
from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.recipe.change import assign
from kdstudio.recipe.over import Axes, Range, from_value, to_value
from kdstudio.recipe.recipe import Recipe, parse, resolve_paths

Kind = Literal["sweep", "search", "ladder"]
FILE = "sweep.json"  # in the folder that holds the trials' run folders
_LONGEST = 100  # characters of a folder's name


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a sweep: the name of its folder, the value at each varied path, and what else is known of it."""

    name: str
    values: dict[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep is: a recipe's JSON object, the folder its relative paths start from, what is varied, the trials.

    A grid has all of its trials from the start; a search of `count` trials finds them one by one.
    """

    recipe: dict[str, Any]
    origin: Path
    over: Axes
    trials: tuple[Trial, ...]
    kind: Kind = "sweep"
    count: int = 0

    def recipe_of(self, trial: Trial) -> Recipe:
        """Return the recipe of one trial; raises InvalidRecipe with all that is wrong in its form."""
        value = self.recipe
        for path, new in trial.values.items():
            value = assign(value, f"{path}={json.dumps(new)}")
        return resolve_paths(parse(value), self.origin)

    def to_value(self) -> dict[str, Any]:
        """Return the JSON object of `sweep.json`."""
        rows = [{"name": one.name, "values": one.values, **one.facts} for one in self.trials]
        return {
            "schema": 1,
            "kind": self.kind,
            "recipe": self.recipe,
            "origin": str(self.origin),
            "over": to_value(self.over),
            **({"count": self.count} if self.kind == "search" else {}),
            "trials": rows,
        }


def plan_from(value: Any) -> Plan:
    """Read the JSON object of `sweep.json`; raises KdStudioError where it is none."""
    try:
        trials = tuple(
            Trial(str(row["name"]), dict(row["values"]), {k: v for k, v in row.items() if k not in ("name", "values")})
            for row in value["trials"]
        )
        over, kind = from_value(value["over"]), value["kind"]
        return Plan(dict(value["recipe"]), Path(value["origin"]), over, trials, kind, int(value.get("count", 0)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "Start the sweep again with its recipe in another folder."
        raise KdStudioError("sweep.json does not say what the sweep is", hint=hint) from error


def grid(over: Axes) -> tuple[Trial, ...]:
    """Return a trial for each combination of values; raises InvalidRecipe where a range has no end of them."""
    found = []
    for path, one in over.items():
        if isinstance(one, Range):
            hint = "Add --search N for N trials within it, or list values."
            found.append(Problem(message="is a range, which no grid can try out", where=path, hint=hint))
    if found:
        raise InvalidRecipe(found)
    lists = [one for one in over.values() if isinstance(one, list)]
    rows = (dict(zip(over, row, strict=True)) for row in itertools.product(*lists))
    made = tuple(Trial(_name(values), values) for values in rows)
    names = [trial.name.lower() for trial in made]
    alike = [trial.name for trial in made if names.count(trial.name.lower()) > 1]
    if alike:
        hint = "Run one of them by itself: some systems do not tell their names apart."
        raise InvalidRecipe([Problem(message=f"these trials would share a folder: {', '.join(alike)}", hint=hint)])
    return made


def short(paths: Sequence[str]) -> dict[str, str]:
    """Return the last part of each path, and the whole path where two end alike."""
    last = {path: re.split(r"[.\[\]]+", path.strip("[]. "))[-1] for path in paths}
    return {path: path if list(last.values()).count(name) > 1 else name for path, name in last.items()}


def common(trials: Sequence[Trial], over: Axes) -> str:
    """Return what some trials have in common that not all of the sweep have: `temperature=-1`; "" where nothing."""
    keys = short(list(over))
    first, *others = trials
    shared = {
        path: value
        for path, value in first.values.items()
        if path in over and over[path] != [value] and all(one.values.get(path) == value for one in others)
    }
    return ", ".join(f"{keys[path]}={written(value)}" for path, value in shared.items())


def joined(old: Plan, new: Plan) -> Plan:
    """Return a plan with the trials of both; raises InvalidRecipe where they vary something else, or another recipe."""
    if (old.recipe, old.origin, old.kind) != (new.recipe, new.origin, new.kind):
        hint = "Choose another folder, or go on with what it holds: the same command without a recipe."
        raise InvalidRecipe([Problem(message=f"the folder holds a {old.kind} of another recipe", hint=hint)])
    if set(old.over) != set(new.over) or (old.kind == "search" and old.over != new.over):
        hint = f"It varies {', '.join(old.over)}. Choose another folder."
        raise InvalidRecipe([Problem(message=f"the folder holds a {old.kind} over other values", hint=hint)])
    known = {trial.name for trial in old.trials}
    more = tuple(trial for trial in new.trials if trial.name not in known)
    over = {path: _both(one, new.over[path]) for path, one in old.over.items()}
    return replace(old, over=over, trials=(*old.trials, *more), count=max(old.count, new.count))


def _both(old: list[Any] | Range, new: list[Any] | Range) -> list[Any] | Range:
    if isinstance(old, Range) or isinstance(new, Range):
        return old
    return [*old, *(value for value in new if value not in old)]


def _name(values: dict[str, Any]) -> str:
    """Return a folder's name such as `temperature=4,width=8`; a digest tells those apart that would look alike."""
    keys, exact, parts = short(list(values)), True, []
    for path, value in values.items():
        text = written(value)
        plain = re.sub(r"[^A-Za-z0-9_.+-]+", "-", text).strip("-" if text[:1] in '[{"' else "")
        exact &= plain == text
        parts.append(f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', keys[path])}={plain}")
    name = ",".join(parts)
    if exact and len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}~{digest_value(values)[:8]}"


def written(value: Any) -> str:
    """Return a varied value as text; a list of numbers is written `8-16`."""
    if isinstance(value, list) and value and all(isinstance(one, int | float) for one in value):
        return "-".join(map(json.dumps, value))
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
