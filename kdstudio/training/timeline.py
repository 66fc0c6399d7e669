"""Changing one's mind while a run goes on: the recipe at each step, and what may be changed of it."""

import json
import re
from bisect import bisect_right

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
        self._steps = [0]
        self._recipes = [recipe]
        for change in recipe.history:
            if change.stage == stage:
                self._take(change)

    def at(self, step: int) -> Recipe:
        """Return the recipe that holds for a learner's step, counted from 0."""
        return self._recipes[bisect_right(self._steps, step) - 1]

    def change(self, change: Change) -> object:
        """Add a change to the history and return the value that it replaces; raises InvalidRecipe where it cannot be.

        A change lies no earlier than those before it.
        """
        old = value_at(self._recipes[-1].to_value(), change.key)
        self._take(change)
        self.recipe = self.recipe.model_copy(update={"history": (*self.recipe.history, change)})
        return old

    def _take(self, change: Change) -> None:
        made = _changed(self._recipes[-1], change)
        self._steps.append(max(change.step, self._steps[-1]))
        self._recipes.append(made)


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
