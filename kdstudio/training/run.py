"""A whole run: from a recipe, or from what a folder holds, to the summary."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from kdstudio.core.errors import InvalidRecipe, Problem, RunError
from kdstudio.core.events import Event, Finished
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.change import differences
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training import checkpoint
from kdstudio.training.control import Wish
from kdstudio.training.distill import distill
from kdstudio.training.group import ALONE, Group
from kdstudio.training.setup import prepare
from kdstudio.training.timeline import refuse_change

Run = Generator[Event, Wish, dict[str, Any] | None]


def train(recipe: Recipe, folder: Path, group: Group = ALONE) -> Run:
    """Start a new run in `folder`; the summary is its result, None where it was stopped without a report."""
    if group.is_first and RunFolder(folder).recipe.exists():
        raise RunError(f"{folder} already holds a run.", hint="Choose another folder, or resume that run.")
    setup = yield from prepare(recipe, folder, group)
    return (yield from distill(setup))


def resume(folder: Path, *, same_as: Recipe | None = None, changes: Sequence[Change] = (), group: Group = ALONE) -> Run:
    """Go on with the run in `folder` from its last checkpoint; a finished run is left as it is.

    `changes` hold from there on, and stand in the recipe's history. Raises InvalidRecipe where one of them cannot be
    made in a run, and where `same_as` would be another run. The number of processes may be another than before, and a
    change of `device` moves the run to another one, which changes its numbers in the last bits alone.
    """
    place = RunFolder(folder)
    if not place.recipe.exists():
        raise RunError(f"{folder} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper.")
    recipe = parse(read_json(place.recipe))
    if "compile" not in recipe.model_fields_set:  # a run from before steps were compiled
        recipe = recipe.model_copy(update={"compile": False})
    if same_as is not None:
        _refuse_other(recipe, same_as)
    if is_finished(folder):
        summary: dict[str, Any] = read_json(place.summary)
        yield Finished(summary=summary)
        return summary
    moves = [change for change in changes if change.key == "device"]
    changes = [change for change in changes if change.key != "device"]
    for change in changes:
        refuse_change(recipe, change)
    for move in moves:
        recipe = _moved(recipe, move.value)
    setup = yield from prepare(recipe, folder, group)
    return (yield from distill(setup, resume=group.tell(checkpoint.exists(place)), changes=changes))


def is_finished(folder: Path) -> bool:
    """Whether the run in `folder` has come to its end; there is nothing to resume then."""
    place = RunFolder(folder)
    if not (place.summary.exists() and place.status.exists()):
        return False
    return bool(read_json(place.status).get("state") == "finished")


def _moved(recipe: Recipe, device: Any) -> Recipe:
    """Return the recipe for another device, in single precision: it may have no instructions for the old format."""
    return parse(recipe.to_value() | {"device": device, "precision": "float32"})


def _refuse_other(kept: Recipe, asked: Recipe) -> None:
    """Refuse a recipe that is not the run's own; what it leaves open may be whatever the run resolved."""
    if "optimizer" not in asked.model_fields_set:
        asked = asked.model_copy(update={"optimizer": kept.optimizer})
    asked = asked.model_copy(update={"devices": kept.devices})  # a run goes on with any number of them
    found = [row for row in differences(kept.to_value(), asked.to_value()) if row[2] != "auto"]
    if found:
        hint = "Resume without a recipe to go on with the run as it is, or start a new run with this one."
        rows = [
            Problem(message=f"the run has {old!r}, asked for is {new!r}", where=path, hint=hint)
            for path, old, new in found
        ]
        raise InvalidRecipe(rows)
