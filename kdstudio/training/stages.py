"""The stages of a run: who learns in each, and the recipe that holds for it."""

import math
from collections.abc import Sequence

import numpy as np

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.spread import spread
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.splits import Splits
from kdstudio.models.build import ARCHITECTURES, architecture, empty
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of
from kdstudio.models.normalisation import answer
from kdstudio.models.preprocessing.fit import fitted
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.quantized import quantized
from kdstudio.models.shrink import fewer_layers, is_copied, shrunk
from kdstudio.models.student import student
from kdstudio.models.tasks import Answering
from kdstudio.recipe.choices import MethodChoice, Shrink, StudentChoice
from kdstudio.recipe.recipe import Recipe
from kdstudio.recipe.stages import Stage, chain
from kdstudio.training.knowledge import methods_alone
from kdstudio.training.layers import NO_LAYERS, paired
from kdstudio.training.opened import Opened, StageModel, collected
from kdstudio.training.stored import StoredTeacher

_ASKED = 300  # inputs that a teacher is asked about, to learn how large its numbers are
_SHARES = tuple(i / 20 for i in range(1, 21))
_DEPTHS = (0.25, 0.5, 0.75, 1.0)


def stage_recipe(recipe: Recipe, at: int) -> Recipe:
    """Return what holds for one stage alone: its student, methods and epochs, with a seed of its own but for the last.

    The first generation of a student that learns from its past self has no teacher: it has the methods without one.
    """
    stages = chain(recipe.stages, recipe.teachers)
    own, is_last = stages[at].distil, at == len(stages) - 1
    history = tuple(change for change in recipe.history if change.stage == at)
    update: dict[str, object] = {"stages": (), "history": history}
    if not is_last:
        update |= {
            "student": own.student if isinstance(own.student, StudentChoice) else recipe.student,
            "methods": methods_of_stage(recipe, at),
            "epochs": recipe.epochs if own.epochs == "auto" else own.epochs,
            "seed": recipe.seed + 1 + at,
        }
    return recipe.model_copy(update=update | ({"teachers": ()} if _is_first_self(recipe, at) else {}))


def methods_of_stage(recipe: Recipe, at: int) -> tuple[MethodChoice, ...]:
    """Return the methods of a stage: its own, those without a teacher, or the recipe's."""
    own = chain(recipe.stages, recipe.teachers)[at].distil.methods
    if own != "auto":
        return own
    return methods_alone(recipe.methods) if _is_first_self(recipe, at) else recipe.methods


def open_stages(opened: Opened, dataset: Dataset, splits: Splits) -> None:
    """Build the learners of all stages but the last, in their order, and write into the recipe who they are."""
    recipe = opened.recipe
    stages = list(chain(recipe.stages, recipe.teachers))
    if len(stages) < 2 or opened.student is None or opened.errors:
        return
    if _is_first_self(recipe, 0) and not splits.labelled.any():
        hint = "Begin with a teacher, or choose data with labels."
        opened.problems.append(Problem(message="the first generation has no labels", where="teachers", hint=hint))
        return
    made: list[StageModel] = []
    for at, stage in enumerate(stages[:-1]):
        with collected(opened, f"stages[{at}].distil.student"):
            choice = _choice(stage, opened)
            model, choice = build(opened, choice, recipe.seed + 1 + at, dataset, splits)
            if stage.distil.student is not None:
                stages[at] = stage.learning(choice)
                opened.problems += _size_problems(model, opened, at)
            made.append(StageModel(model))
    if len(made) == len(stages) - 1:
        opened.stages = tuple(made)
        if recipe.stages:
            opened.recipe = recipe.model_copy(update={"stages": tuple(stages)})


def pair_stages(opened: Opened) -> None:
    """Choose the layers that the methods of the earlier stages compare: each stage's student with its own teacher."""
    recipe, teacher = opened.recipe, opened.teacher
    stages, found = list(chain(recipe.stages, recipe.teachers)), []
    for at, one in enumerate(opened.stages):
        methods, shapes, told = paired(methods_of_stage(recipe, at), one.model, teacher)
        opened.problems += [
            problem.model_copy(update={"where": f"stages[{at}].distil.{problem.where}".rstrip(".")}) for problem in told
        ]
        if shapes is not NO_LAYERS:
            stages[at] = Stage(distil=stages[at].distil.model_copy(update={"methods": methods}))
        found.append(StageModel(one.model, shapes))
        teacher = one.model
    opened.stages = tuple(found)
    if any(one.shapes is not NO_LAYERS for one in found):
        opened.recipe = recipe.model_copy(update={"stages": tuple(stages)})


def build(
    opened: Opened, choice: StudentChoice, seed: int, dataset: Dataset, splits: Splits
) -> tuple[Model, StudentChoice]:
    """Build a student, or one derived from the first teacher; return it and what it was found to be."""
    if choice.shrink is not None:
        first = first_teacher(opened)
        if first is None:
            raise ModelError("there is no teacher to shrink", hint="Add a teacher, or choose an architecture.")
        if is_copied(first):
            return fewer_layers(first, choice.shrink), choice
        choice = shrunk(first, choice.shrink)
    names = dataset.class_names
    own = fitted(splits.train) if dataset.task != NEXT_TOKEN else _tokens(opened)
    answers = Answering.of(dataset.task, _numbers(opened, splits.train))
    made = student(choice, splits.train.inputs, len(names), names, own, seed, answers)
    return made if choice.quantize is None else quantized(made, splits.train, choice.quantize), choice


def _tokens(opened: Opened) -> TokenPreprocessing:
    """Return the tokenizer of a new language model: the teacher's, where that has one."""
    if opened.teacher is not None:
        return tokens_of(opened.teacher)
    if opened.reader is None:
        hint = "Choose a language model as the teacher."
        raise ModelError("a new language model takes its tokens from the teacher, and there is none", hint=hint)
    return opened.reader


def _numbers(opened: Opened, part: Part) -> np.ndarray:
    """Return the known targets (n, K) of a part; where there are none, what the teacher answers to some inputs."""
    known = part.targets[part.known]
    if len(known) or part.targets.ndim == 1:
        return np.asarray(known)
    some = spread(len(part), _ASKED)
    if isinstance(opened.stored, StoredTeacher):
        return opened.stored.aligned.logits(part.subset(some))
    if opened.teacher is not None:
        opened.teacher.module.eval()
        return np.asarray(answer(opened.teacher, part.read(some)))
    return np.zeros_like(part.targets[:1])


def midway(teacher: Model, learner: Model) -> StudentChoice:
    """Return a smaller teacher whose number of weights is the geometric mean of the teacher's and the student's.

    Mirzadeh et al. 2020, section 4.2, find the best assistant midway in accuracy, which grows about with the logarithm
    of the size. Raises ModelError for a teacher outside the zoo, or where nothing lies between.
    """
    hint = 'Name the assistant: {"distil": {"student": {"architecture": …}}}.'
    if teacher.spec.architecture not in ARCHITECTURES:
        message = f"no assistant can be proposed: how the {teacher.format} teacher is built is not known"
        raise ModelError(message, hint=hint)
    wanted = math.sqrt(teacher.parameters * learner.parameters)
    knobs = architecture(teacher.spec.architecture, teacher.spec.knobs)
    sizes: dict[int, Shrink] = {}
    for depth in _DEPTHS:
        for width in _SHARES:
            smaller = empty(knobs.shrunk(width, depth), learner.preprocessing.shape, learner.spec.classes)
            count = sum(parameter.numel() for parameter in smaller.parameters())
            if min(teacher.parameters, learner.parameters) < count < max(teacher.parameters, learner.parameters):
                sizes[count] = Shrink(width=width, depth=depth)  # the deepest of equal size
    if not sizes:
        raise ModelError("no assistant can be proposed: no size lies between teacher and student", hint=hint)
    best = min(sizes, key=lambda count: abs(math.log(count / wanted)))
    return shrunk(teacher, sizes[best])


def _choice(stage: Stage, opened: Opened) -> StudentChoice:
    """Return who learns in a stage, with `auto` resolved."""
    wanted = stage.distil.student
    if wanted is None:
        return opened.recipe.student
    if wanted != "auto":
        return wanted
    first = first_teacher(opened)
    if first is None or opened.student is None:
        hint = 'Name it: {"distil": {"student": {"architecture": …}}}.'
        raise ModelError("no assistant can be proposed where the teacher's size is not known", hint=hint)
    return midway(first, opened.student)


def first_teacher(opened: Opened) -> Model | None:
    """Return the model of the only teacher, or the first of several."""
    if len(opened.members) == 1 and opened.teacher is not None:
        return opened.teacher
    return opened.members[0] if opened.members else None


def _size_problems(model: Model, opened: Opened, at: int) -> Sequence[Problem]:
    first, learner = first_teacher(opened), opened.student
    if first is None or learner is None or learner.parameters >= first.parameters:
        return ()
    if learner.parameters < model.parameters < first.parameters:
        return ()
    message = (
        f"the assistant has {model.parameters:,} weights, which is not between those of the teacher "
        f"({first.parameters:,}) and of the student ({learner.parameters:,})"
    )
    hint = 'Write "student": "auto" for one midway between them.'
    return (Problem(message=message, where=f"stages[{at}].distil.student", hint=hint, severity="warning"),)


def _is_first_self(recipe: Recipe, at: int) -> bool:
    return at == 0 and any(teacher.kind == "past_self" for teacher in recipe.teachers)
