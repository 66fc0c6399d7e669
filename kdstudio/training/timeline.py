"""Changing one's mind while a run goes on: the recipe at each step, and what may be changed of it."""

import json
import re
from bisect import bisect_right
from collections.abc import Sequence

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.methods.catalogue import METHODS, entries
from kdstudio.recipe.change import assign, value_at
from kdstudio.recipe.choices import Change
from kdstudio.recipe.problems import Catalogue, problems
from kdstudio.recipe.recipe import Recipe, parse

_METHOD = re.compile(r"methods\[(\d+)\]\.(\w+)")


class Timeline:
    """A recipe with all changes that its history has, each from a learner's own step on.

    Student, peers and baseline take over a change at the same step of theirs, so that they stay comparable, and so that
    the same recipe with the same history gives the same run again.
    """

    def __init__(self, recipe: Recipe, stage: int = 0) -> None:
        self.recipe = recipe  # what it began with, and its history
        self.stage = stage
        self._lines: dict[str, tuple[list[int], list[Recipe]]] = {}  # by learner: steps, and what holds from each on
        self.at(0)

    def at(self, step: int, learner: str = "") -> Recipe:
        """Return the recipe that holds for a learner's step, counted from 0."""
        if learner not in self._lines:
            self._lines[learner] = self._line(learner)
        steps, recipes = self._lines[learner]
        return recipes[bisect_right(steps, step) - 1]

    def change(self, change: Change) -> object:
        """Add a change to the history and return the value that it replaces; raises InvalidRecipe where it cannot be.

        Changes of the same value at later steps, which a run that goes on from a checkpoint has not made yet, are void.
        """
        old = value_at(self.at(change.step, change.learner).to_value(), change.key)
        changed = Timeline(
            self.recipe.model_copy(update={"history": with_change(self.recipe.history, change)}), self.stage
        )
        changed.at(change.step, change.learner)
        self.recipe, self._lines = changed.recipe, changed._lines
        return old

    def _line(self, learner: str) -> tuple[list[int], list[Recipe]]:
        steps, recipes = [0], [self.recipe]
        for change in self.recipe.history:
            if change.stage == self.stage and change.learner in ("", learner):
                recipes.append(_changed(recipes[-1], change))
                steps.append(max(change.step, steps[-1]))
        return steps, recipes


def with_change(history: Sequence[Change], change: Change) -> tuple[Change, ...]:
    """Return a history with a change in its place; it makes later ones of the same value void."""

    def is_void(other: Change) -> bool:
        same = (other.stage, other.key, other.learner) == (change.stage, change.key, change.learner)
        return same and other.step > change.step

    return tuple(sorted([*(o for o in history if not is_void(o)), change], key=lambda one: (one.stage, one.step)))


def refuse_change(recipe: Recipe, change: Change) -> None:
    """Raise InvalidRecipe where a value cannot be changed in a run of this recipe."""
    _changed(recipe, change)


def _changed(recipe: Recipe, change: Change) -> Recipe:
    """Return the recipe with one value changed; raises InvalidRecipe where it is none that may change in a run."""
    found = _METHOD.fullmatch(change.key)
    is_knob = found is not None and int(found[1]) < len(recipe.methods) and found[2] != "method"
    is_knob = is_knob and found is not None and found[2] not in METHODS[recipe.methods[int(found[1])].method].fixed
    if change.key != "optimizer.learning_rate" and not is_knob:
        hint = "While a run goes on, the learning rate, the weights and the knobs of its methods can be changed."
        raise InvalidRecipe([Problem(message="cannot be changed in a run", where=change.key, hint=hint)])
    made = parse(assign(recipe.to_value(), f"{change.key}={json.dumps(change.value)}"))
    told = [problem for problem in problems(made, Catalogue(methods=entries())) if problem.where.startswith("methods")]
    if told:
        raise InvalidRecipe(told)
    return made
