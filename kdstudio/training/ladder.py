"""A ladder: students at given parameter ratios to one teacher, each learning with it and without."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kdstudio.core.errors import InvalidRecipe, ModelError, Problem
from kdstudio.models.model import Model
from kdstudio.models.sizes import Sized, resized, smaller
from kdstudio.recipe.recipe import Recipe, parse, resolve_paths
from kdstudio.recipe.sweep import Plan, Trial
from kdstudio.training.opened import Opened
from kdstudio.training.opening import open_recipe
from kdstudio.training.stages import first_teacher

Like = Literal["teacher", "student"]
_CLOSE = 1.25  # a ratio counts as reached within this factor


@dataclass(frozen=True, slots=True)
class Ladder:
    """A plan with a trial for each rung, and what is to be told about those that are left out."""

    plan: Plan
    problems: tuple[Problem, ...]


def ladder(recipe: dict[str, Any], origin: Path, ratios: Sequence[float], like: Like = "teacher") -> Ladder:
    """Return the students whose teacher has these many times their weights, as trials of one recipe.

    They are the teacher made smaller where its family can be, or with `like` student, the recipe's architecture in
    another width. A ratio that cannot be reached within a quarter is left out and told. Raises InvalidRecipe with all
    that is wrong in the recipe, and where no ratio can be reached.
    """
    opened = open_recipe(resolve_paths(parse(recipe), origin))
    ready = opened.ready()
    if opened.teacher is None:
        hint = "Choose the model of a trained teacher."
        raise InvalidRecipe([Problem(message="there is no teacher's size to begin from", where="teachers", hint=hint)])
    total = opened.teacher.parameters
    found: dict[str, Trial] = {}
    problems = []
    for ratio in sorted(set(ratios)):
        one, note = _rung(opened, ready.recipe, ready.student, total / ratio, like)
        problems += [note] if note else []
        choice, reached = one.choice.model_dump(mode="json", exclude_unset=True), total / one.parameters
        name = f"ratio={ratio:g}"
        if max(reached / ratio, ratio / reached) > _CLOSE:
            message = f"a ratio of {ratio:g} cannot be reached: the closest one is {reached:.3g}"
            problems.append(Problem(message=message, where=name, severity="warning"))
        elif any(trial.values["student"] == choice for trial in found.values()):
            message = f"a ratio of {ratio:g} would be the same student as the one before"
            problems.append(Problem(message=message, where=name, severity="warning"))
        else:
            facts = {"ratio": ratio, "reached": round(reached, 4), "planned_parameters": one.parameters}
            found[name] = Trial(name, {"student": choice}, facts)
    if not found:
        raise InvalidRecipe([problem.model_copy(update={"severity": "error"}) for problem in problems])
    over: dict[str, Any] = {"student": [trial.values["student"] for trial in found.values()]}
    plan = Plan(recipe, origin, over, tuple(found.values()), "ladder")
    return Ladder(plan, tuple(dict.fromkeys(problems)))


def _rung(opened: Opened, recipe: Recipe, student: Model, wanted: float, like: Like) -> tuple[Sized, Problem | None]:
    """Return the student closest to a wished size; with a note where it is not of the teacher's family."""
    shape, classes, note = student.preprocessing.shape, student.spec.classes, None
    first = first_teacher(opened)
    if like == "teacher" and first is not None:
        try:
            return smaller(first, wanted, shape, classes), None
        except ModelError as error:
            message = f"{error.message}; the students are like the recipe's, in other widths"
            note = Problem(message=message, where="teachers", severity="note")
    return resized(recipe.student, wanted, shape, classes), note
