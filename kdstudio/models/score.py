"""How well a model does on a sample, and which preprocessing it was trained with where its file does not say."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.spread import spread
from kdstudio.core.targets import Task
from kdstudio.data.dataset import Part
from kdstudio.models.class_map import ClassMap, by_answers
from kdstudio.models.model import Model
from kdstudio.models.next_token import answered
from kdstudio.models.normalisation import answer, find, quality
from kdstudio.models.preprocessing.base import Preprocessing

_PASSAGES = 32  # that a language model is scored on: some thousand places


@dataclass(frozen=True, slots=True)
class Score:
    """`accuracy` on `count` labelled inputs, None where there are none, under `preprocessing`; F1 or R² of other tasks.

    `tried` has the accuracy of each normalisation on the first part of the sample.
    """

    accuracy: float | None
    count: int
    preprocessing: Preprocessing
    tried: dict[str, float]
    problems: tuple[Problem, ...]


def score(model: Model, part: Part, limit: int = 1000) -> Score:
    """Score `model` on up to `limit` labelled inputs spread over `part`.

    Raises ModelError where the data has more classes than the model answers. The module is left in the mode it was in.
    """
    labelled = np.flatnonzero(part.known)
    if len(labelled) and model.task == "classification" and part.targets.max() >= model.spec.classes:
        raise ModelError(
            f"the model answers {model.spec.classes} classes and the data has {int(part.targets.max()) + 1}",
            hint="Choose a model that was trained on this data.",
        )
    model = model.suited(part.inputs)
    if model.per_token:
        return _next_tokens(model, part)
    if not len(labelled):
        note = Problem(message="the data has no labels to score the model on", severity="note")
        return Score(None, 0, model.preprocessing, {}, (note,))
    rows = labelled[spread(len(labelled), limit)]
    targets = part.targets[rows]
    was_training = model.module.training
    model.module.eval()
    try:
        images = part.read(rows)
        tried: dict[str, float] = {}
        name, preprocessing = "", model.preprocessing
        if not model.preprocessing_known:
            name, preprocessing, tried = find(model, part, images, targets)
        logits = answer(model.with_preprocessing(preprocessing), images)
    finally:
        model.module.train(was_training)
    accuracy = quality(logits, targets, model.task)
    found = () if not name else (_choice(name, preprocessing, len(tried)),)
    return Score(accuracy, len(rows), preprocessing, tried, (*found, *doubts(logits, targets, accuracy, model.task)))


def _next_tokens(model: Model, part: Part) -> Score:
    """Score a language model at all places of some passages."""
    was_training = model.module.training
    model.module.eval()
    try:
        logits, targets = answered(model, part.read(spread(len(part), _PASSAGES)))
    finally:
        model.module.train(was_training)
    accuracy = quality(logits, targets, model.task) if len(targets) else None
    told = [] if accuracy is None else doubts(logits, targets, accuracy)
    return Score(accuracy, len(targets), model.preprocessing, {}, tuple(told))


def _choice(name: str, preprocessing: Preprocessing, count: int) -> Problem:
    message = f"the file stores no normalisation; of {count} usual ones {name} fits best ({preprocessing.describe()})"
    return Problem(message=message, severity="note")


def doubts(logits: np.ndarray, targets: np.ndarray, accuracy: float, task: Task = "classification") -> list[Problem]:
    """Say so when the model is good at the wrong names, or hardly better than always the most frequent class.

    `logits` (N, C), `targets` (N,) int64 without gaps or those of another task, `accuracy` is their `quality`.
    """
    classes = logits.shape[1]
    if not np.isfinite(logits).all():
        hint = "The weights are damaged or the training diverged; use another file."
        return [Problem(message="the model answers with values that are no numbers", hint=hint, severity="warning")]
    if task != "classification":
        return _useless(accuracy, targets, task)
    share = np.bincount(targets, minlength=classes).max() / len(targets)
    chance = max(share, 1 / classes)
    found, reordered = by_answers(logits, targets, classes)
    message = f"the model is right on {accuracy:.1%} of {len(targets)} inputs"
    if reordered > max(0.5, accuracy + 0.3):
        hint = (
            f"Its classes are in another order than the data's: put in the right order it would reach {reordered:.1%}."
        )
        return [Problem(message=message, hint=hint, severity="warning", **proposal(found))]
    if classes < 2 or accuracy > chance + max(0.1 * (1 - chance), 2 * np.sqrt(chance * (1 - chance) / len(targets))):
        return []
    message = f"{message}, hardly more than chance ({chance:.1%})"
    hint = (
        "Likely causes: the classes are in another order, the inputs were normalised in another way, or the model "
        "was trained on other data."
    )
    return [Problem(message=message, hint=hint, severity="warning")]


def _useless(found: float, targets: np.ndarray, task: Task) -> list[Problem]:
    """Say so when a model is no better than one that never looks at the input."""
    share = float((targets == 1).mean()) if task == "multi_label" else 0.0
    blind = 2 * share / (1 + share)  # the F1 of always answering all labels
    if found > blind + 0.02:
        return []
    what = f"F1 {found:.2f}, no more than all labels at once" if task == "multi_label" else f"R² {found:.2f}"
    message = f"the model is no better on {len(targets)} inputs than an answer that never changes ({what})"
    hint = (
        "Likely causes: its outputs are in another order or another unit, the inputs were normalised in another way, "
        "or it was trained on other data."
    )
    return [Problem(message=message, hint=hint, severity="warning")]


def proposal(found: ClassMap) -> dict[str, Any]:
    """Return the part of a Problem that offers to use a class map."""
    return {"action": "class_map", "value": json.dumps(found.columns)}
