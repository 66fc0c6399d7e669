"""What of a run can be changed while it goes on, what it is now, and what was changed, in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kdstudio.core.events import Changed, Event, Staged
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.optimizing import OptimizerChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe
from kdstudio.recipe.stages import STUDENT
from kdstudio.ui.charts.marks import Mark

LEARNING_RATE = "optimizer.learning_rate"
_RATE = OptimizerChoice.model_json_schema()["properties"]["learning_rate"]
_WEIGHT = MethodChoice.model_json_schema()["properties"]["weight"]


@dataclass(frozen=True, slots=True)
class Dial:
    """One value that may be changed: its path in the recipe, whose it is ("" the optimizer's) and what it began as."""

    key: str
    owner: str
    name: str
    start: float
    schema: dict[str, Any] = field(repr=False)

    @property
    def words(self) -> str:
        """What it is called where nothing else says whose it is."""
        return f"{self.owner}: {self.name.lower()}" if self.owner else self.name.lower()


def dials(recipe: Recipe, stage: Staged | None, catalogue: Catalogue) -> list[Dial]:
    """Return what can be changed in a stage of a run: the learning rate, each method's weight and its temperature."""
    found = [Dial(LEARNING_RATE, "", "Learning rate", recipe.optimizer.learning_rate, _RATE)]
    for at, choice in enumerate(_methods(recipe, stage)):
        entry = catalogue.method(choice.method)
        owner = entry.title.partition(" (")[0] if entry is not None else choice.method.replace("_", " ").capitalize()
        found.append(Dial(f"methods[{at}].weight", owner, "Weight", choice.weight, _WEIGHT))
        schema = (entry.knobs if entry is not None else {}).get("properties", {}).get("temperature", {})
        start = choice.knobs.get("temperature", schema.get("default"))
        if schema and isinstance(start, int | float):
            found.append(Dial(f"methods[{at}].temperature", owner, "Temperature", float(start), schema))
    return found


def changes(history: Iterable[Event], learner: str = "") -> list[Changed]:
    """Return what was changed in a run, or in the stage of one learner, in its order."""
    return [event for event in history if isinstance(event, Changed) and learner in ("", event.learner)]


def present(dial: Dial, made: Sequence[Changed]) -> float:
    """Return what a value is after the changes of its stage."""
    return next((float(change.new) for change in reversed(made) if change.key == dial.key), dial.start)


def told(change: Changed, known: Sequence[Dial]) -> str:
    """Return `Soft targets: temperature 4 → 8`."""
    dial = next((dial for dial in known if dial.key == change.key), None)
    before = dial.start if change.old is None and dial is not None else change.old  # a default is not written out
    return f"{dial.words if dial is not None else change.key} {words(before)} → {words(change.new)}"


def marks(
    history: Sequence[Event],
    recipe: Recipe | None,
    catalogue: Catalogue,
    seconds: Callable[[np.ndarray], np.ndarray],
) -> list[Mark]:
    """Return where the curves show a change; `seconds` gives the seconds of work at (n,) moments."""
    if recipe is None:
        return []
    stages = {event.learner: event for event in history if isinstance(event, Staged)}
    found = []
    for change in changes(history):
        spent = float(seconds(np.array([change.time]))[0])
        sentence = f"{told(change, dials(recipe, stages.get(change.learner), catalogue))} at step {change.step:,}"
        found.append(Mark(sentence, change.learner, change.step, change.epoch, spent / 60))
    return found


def words(value: Any) -> str:
    """Return a number as a person would write it: 4, 0.05, 1,200."""
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,.4g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.2g}"


def _methods(recipe: Recipe, stage: Staged | None) -> tuple[MethodChoice, ...]:
    """Return a stage's methods; none where the first generation learns from labels, with weights of its own."""
    if stage is None or stage.learner == STUDENT:
        return recipe.methods
    own = recipe.stages[stage.number - 1].distil.methods if stage.number <= len(recipe.stages) else "auto"
    if own != "auto":
        return own
    return recipe.methods if stage.teacher else ()
