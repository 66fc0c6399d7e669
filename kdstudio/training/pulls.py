"""How strongly each method of a recipe would pull at its student: measured on one batch, before a run."""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from kdstudio.core.errors import Problem
from kdstudio.core.listening import tell
from kdstudio.data.dataset import Part
from kdstudio.methods.base import LONGEST_RAMP, Setting
from kdstudio.methods.catalogue import method
from kdstudio.methods.losses import IGNORE
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.taps import answer
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.stages import STUDENT
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import Order, Tensors, load
from kdstudio.training.learner import Learner, Moment, label_terms
from kdstudio.training.matched import match
from kdstudio.training.opened import Ready
from kdstudio.training.random_state import enter_random
from kdstudio.training.recorded import RecordedTeacher
from kdstudio.training.signs import of_norms
from kdstudio.training.teachers import Recorded

_GROWN = 2 * LONGEST_RAMP  # of the run: terms that grow from 0 have their full weight


@dataclass(frozen=True, slots=True)
class Pulls:
    """The gradient norm that each term sends into the student, times its weight, by the term's name.

    `shares` has one number a method of the recipe, together 1; it is empty where `note` says why nothing was measured.
    """

    norms: dict[str, float]
    shares: tuple[float, ...] = ()
    problems: tuple[Problem, ...] = ()
    note: str = ""

    def to_value(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        problems = [problem.model_dump() for problem in self.problems]
        return {"norms": self.norms, "shares": list(self.shares), "problems": problems, "note": self.note}


def pulls(ready: Ready) -> Pulls:
    """Let a student as the run would build it learn from the run's first batch, and tell what pulled at it.

    Draws from torch's default generator, as methods with trained parts and dropout do: the caller sees to it that no
    run uses it meanwhile. It is left as it was.
    """
    recipe = ready.recipe
    if len(recipe.methods) < 2:
        return Pulls({}, note="There is one method alone.")
    if ready.stages or any(teacher.kind in ("ema", "peer", "past_self") for teacher in recipe.teachers):
        return Pulls({}, note="The teacher comes into being in the run.")
    with torch.random.fork_rng(devices=[]):
        tell("Building the student", 0)
        learner = _learner(ready)
        batch, part = _batch(ready, learner)
        tell("Asking the teacher", 0)
        answers = _answers(ready, learner, batch, part)
        tell("Weighing the methods", 0)
        learner.model.module.train()
        enter_random(learner.random, torch.device("cpu"))
        rate = recipe.optimizer.learning_rate
        learner.learn(batch, answers, Moment(rate, _GROWN, _GROWN * recipe.epochs, weighs=True))
    norms = {name: norm for name, norm in learner.gradient_norms().items() if name != "total"}
    return _told(ready, learner, norms)


def _told(ready: Ready, learner: Learner, norms: dict[str, float]) -> Pulls:
    labels = list(learner.objectives)
    strengths = [sum(norm for name, norm in norms.items() if name.partition("/")[0] == label) for label in labels]
    total = sum(strengths)
    if not np.isfinite(total) or total == 0:
        return Pulls(norms, note="No method sends a gradient into the student.")
    found = []
    for problem in of_norms(norms):
        at = labels.index(problem.message.partition("/")[0])
        if ready.recipe.methods[at].weight:  # a weight of 0 is a wish
            found.append(problem.model_copy(update={"where": f"methods[{at}]"}))
    return Pulls(norms, tuple(strength / total for strength in strengths), tuple(found))


def _learner(ready: Ready) -> Learner:
    recipe, inputs = ready.recipe, ready.splits.train
    student = replace(ready.student, module=deepcopy(ready.student.module))
    choices = recipe.methods
    rows = torch.from_numpy(np.asarray(inputs.index, dtype=np.int64))
    return Learner(
        STUDENT,
        student,
        label_terms([method(choice) for choice in choices], [choice.method for choice in choices]),
        Order(torch.arange(len(inputs)), len(inputs), recipe.batch, recipe.seed),
        Setting(student.spec.classes, len(inputs), ready.shapes.student, ready.shapes.teacher, rows=rows),
        recipe.optimizer,
    )


def _batch(ready: Ready, learner: Learner) -> tuple[Batch, Part]:
    """Return the run's first batch, and the part of the data that it is."""
    recipe, train = ready.recipe, ready.splits.train
    positions = learner.order.epoch(0)[0].numpy()
    part = train.subset(positions)
    preparations = {how for model in _models(ready) for how in model.preparations}
    reader = tokens_of(ready.student) if ready.student.per_token else None
    tensors = _read(part, preparations, reader)
    hidden = torch.from_numpy(np.flatnonzero(~ready.splits.labelled[positions]))
    tensors.targets[hidden] = float("nan") if tensors.targets.is_floating_point() else IGNORE
    if ready.dataset.task == "regression" and ready.student.output.scale:
        tensors = replace(tensors, scale=torch.tensor(ready.student.output.scale))
    views = recipe.augmentation.views
    known = recipe.augmentation.model_copy(update={"views": "endless" if views == "auto" else views})
    augmentation = Augmentation(known if known.is_on else known.model_copy(update={"views": 1}), recipe.seed)
    return tensors.batch(torch.arange(len(part)), augmentation, augmentation.view_of(0)), part


def _read(part: Part, preparations: Any, reader: TokenPreprocessing | None) -> Tensors:
    reading = load(part, torch.device("cpu"), "training", preparations, reader=reader)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            tensors: Tensors = end.value
            return tensors


def _answers(ready: Ready, learner: Learner, batch: Batch, part: Part) -> Outputs | None:
    if not learner.needs_teacher:
        return None
    if isinstance(ready.stored, RecordedTeacher):
        texts, width = part.read(np.arange(len(part))), batch.targets.shape[1]
        targets = match(ready.stored.recording, tokens_of(ready.student), texts, width)
        return Recorded(targets, ready.student.spec.classes).outputs(batch, torch.arange(len(part)), 0)
    if ready.teacher is None:
        logits = ready.stored.logits(part) if ready.stored is not None else None
        return None if logits is None else Outputs(logits=torch.from_numpy(logits))
    ready.teacher.module.eval()
    with torch.no_grad():
        return answer(ready.teacher, batch, learner.teacher_layers)


def _models(ready: Ready) -> list[Model]:
    return [ready.student, *([ready.teacher] if ready.teacher is not None else [])]
