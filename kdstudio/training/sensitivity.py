"""Asking a run's best student about validation inputs, each time without a share of one of its layers."""

import numpy as np
import torch

from kdstudio.analysis.agreement import agreement
from kdstudio.analysis.alignment import align
from kdstudio.analysis.embedding import sample
from kdstudio.analysis.regression import correlation
from kdstudio.analysis.sensitivity import SHARES, Sensitivity
from kdstudio.analysis.summary import headline_score
from kdstudio.core.errors import DataError, ModelError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.core.listening import tell
from kdstudio.core.types import Predictions
from kdstudio.data.dataset import Part
from kdstudio.data.splits import divide
from kdstudio.data.tasks import as_task
from kdstudio.models.model import Model
from kdstudio.models.weakest import prunable
from kdstudio.recipe.choices import PruneUnit
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.batches import Tensors, load
from kdstudio.training.opened import Opener

INPUTS = 1000  # at most: a share of right answers among so many is known to within 3 points
_AT_ONCE = 250  # inputs a forward pass: progress is told, and an end heard, in between


def measure_sensitivity(folder: RunFolder, unit: PruneUnit, opener: Opener) -> Sensitivity:
    """Return what a run's best student loses where one layer alone is without its weakest channels or weights.

    It is asked on the CPU about up to 1,000 validation inputs, of each class its share, drawn by the run's seed; the
    teacher is not: its answers are among what the run keeps. Torch's default generator is left alone. Raises RunError
    without a student, ModelError where it cannot be pruned so, DataError without inputs; ends between two batches
    where nobody waits any more.
    """
    if not folder.recipe.exists():
        raise RunError(
            f"{folder.path} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper."
        )
    if not folder.best_student.exists():
        raise RunError(f"{folder.path} has no best student yet.", hint="Let it train for an epoch, or resume it.")
    recipe = parse(read_json(folder.recipe))
    model = opener.load(folder.best_student)
    if model.per_token:
        hint = "Prune it, and compare its perplexity with that of the student before."
        raise ModelError("how sensitive the layers of a language model are is not measured", hint=hint)
    dataset = as_task(opener.read(recipe.data), recipe.task)
    dataset = dataset.with_classes(model.class_names, model.spec.classes, model.task)
    part = divide(dataset, recipe.data, recipe.seed).validation
    chosen = part.subset(_drawn(part, recipe.seed))
    if not len(chosen):
        hint = "Train with a share of the inputs set aside for validation."
        raise DataError("There are no validation inputs to measure on.", hint=hint)
    return _measured(model.suited(chosen.inputs), unit, chosen, len(part), _kept(folder, model))


def _measured(model: Model, unit: PruneUnit, part: Part, of: int, teacher: Predictions | None) -> Sensitivity:
    own, layers = prunable(model, unit)
    tensors = _read(part, own)
    total, shape = 1 + len(layers) * len(SHARES), (len(layers), len(SHARES))
    whole, near = _scores(own, tensors, teacher, (0, total))
    scores, agreements = np.full(shape, np.nan), np.full(shape, np.nan)
    for i, layer in enumerate(layers):
        for j, share in enumerate(SHARES):
            if not layer.taken(share):
                scores[i, j], agreements[i, j] = whole, near
                continue
            with layer.without(share):
                scores[i, j], agreements[i, j] = _scores(own, tensors, teacher, (1 + i * len(SHARES) + j, total))
    return Sensitivity(
        unit=unit,
        task=model.task,
        layers=tuple(one.name for one in layers),
        sizes=tuple(one.size for one in layers),
        tied=tuple(one.tied for one in layers),
        shares=SHARES,
        scores=scores,
        agreements=agreements,
        whole=whole,
        whole_agreement=near,
        inputs=len(part),
        of=of,
    )


def _scores(model: Model, tensors: Tensors, teacher: Predictions | None, place: tuple[int, int]) -> tuple[float, float]:
    """Return the headline measure and how near the answers are to the teacher's; NaN for what is not known."""
    answers = _answers(model, tensors, place)
    score = headline_score(answers)
    return _number(score), _number(None if teacher is None else _near(teacher, answers))


def _near(teacher: Predictions, answers: Predictions) -> float | None:
    try:
        theirs, own = align(teacher, answers)
    except ValueError:  # the run keeps its answers to other inputs
        return None
    return correlation(theirs, own) if answers.task == "regression" else agreement(theirs, own)


def _answers(model: Model, tensors: Tensors, place: tuple[int, int]) -> Predictions:
    at, of = place
    found, done = [], 0
    for chunk in tensors.chunks():
        for positions in torch.split(chunk, _AT_ONCE):
            tell("Asking the student", at * len(tensors) + done, of * len(tensors))
            with torch.inference_mode():
                found.append(model.answer(tensors.batch(positions)).float())
            done += len(positions)
    targets = tensors.targets.numpy()
    return Predictions(
        tensors.index.numpy(),
        targets if targets.dtype.kind == "f" else np.where(targets < 0, -1, targets),
        tensors.in_order(found).numpy(),
        model.class_names,
        model="student",
        split="validation",
        task=model.task,
    )


def _kept(folder: RunFolder, model: Model) -> Predictions | None:
    """Return the teacher's answers to validation inputs that the run keeps; None where there are none."""
    place = folder.split("teacher", "validation")
    try:
        index, targets = np.load(place / "index.npy"), np.load(place / "targets.npy")
        logits = np.load(folder.logits("teacher", "validation", "last"), mmap_mode="r")
    except (OSError, ValueError):
        return None
    names = model.class_names or tuple(map(str, range(logits.shape[1])))
    return Predictions(index, targets, logits, names, model="teacher", split="validation", task=model.task)


def _drawn(part: Part, seed: int) -> np.ndarray:
    """Return positions, ascending: of each class its share, drawn by `seed`."""
    order = np.random.default_rng(seed).permutation(len(part))
    targets = part.targets[order]
    is_classes = targets.ndim == 1 and targets.dtype.kind != "f"
    return np.sort(order[sample(targets if is_classes else np.zeros(len(part), dtype=np.int64), INPUTS)])


def _read(part: Part, model: Model) -> Tensors:
    reading = load(part, torch.device("cpu"), "validation", model.preparations)
    while True:
        try:
            event = next(reading)
            tell("Reading validation inputs", getattr(event, "done", 0), getattr(event, "total", 0))
        except StopIteration as end:
            tensors: Tensors = end.value
            return tensors


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
