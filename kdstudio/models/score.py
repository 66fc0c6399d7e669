"""How well a model does on a sample, and which preprocessing it was trained with where its file does not say."""

from dataclasses import dataclass

import numpy as np
import torch

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.types import log_softmax
from kdstudio.data.dataset import Part
from kdstudio.models.model import Model
from kdstudio.models.preprocessing import Preprocessing, as_tensor, candidates

_TRIALS = ((64, 4), (256, 1))  # inputs on which normalisations are tried, and how many of the best go on
_BATCH = 100  # larger ones leave the cache: measured with ResNet-20 on one core


@dataclass(frozen=True, slots=True)
class Score:
    """`accuracy` on `count` labelled inputs, None where there are none, under `preprocessing`.

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
    labelled = np.flatnonzero(part.targets >= 0)
    if len(labelled) and part.targets.max() >= model.spec.classes:
        raise ModelError(
            f"the model answers {model.spec.classes} classes and the data has {int(part.targets.max()) + 1}",
            hint="Choose a model that was trained on this data.",
        )
    model = model.sized((part.inputs.shape[1], part.inputs.shape[2]))
    if not len(labelled):
        note = Problem(message="the data has no labels to score the model on", severity="note")
        return Score(None, 0, model.preprocessing, {}, (note,))
    rows = labelled[_spread(len(labelled), limit)]
    targets = part.targets[rows]
    was_training = model.module.training
    model.module.eval()
    try:
        images = part.read(rows)
        preprocessing, tried = _found(model, part, images, targets)
        logits = _logits(model.with_preprocessing(preprocessing), images)
    finally:
        model.module.train(was_training)
    accuracy = float(np.mean(logits.argmax(1) == targets))
    problems = [*_note(tried, preprocessing), *_doubts(logits, targets, accuracy)]
    return Score(
        accuracy, len(rows), preprocessing, {name: value for name, (value, _) in tried.items()}, tuple(problems)
    )


def _found(
    model: Model, part: Part, images: np.ndarray, targets: np.ndarray
) -> tuple[Preprocessing, dict[str, tuple[float, Preprocessing]]]:
    if model.preprocessing_known:
        return model.preprocessing, {}
    size = model.preprocessing.size
    options = candidates(model.channels, size)
    own = Preprocessing.of(part).with_channels(model.channels)
    options["the data's own"] = own.model_copy(update={"size": size})
    tried: dict[str, tuple[float, Preprocessing]] = {}
    left = list(options)
    for count, kept in _TRIALS:
        rows = _spread(len(targets), count)
        results = {name: _trial(model.with_preprocessing(options[name]), images[rows], targets[rows]) for name in left}
        tried |= {name: (accuracy, options[name]) for name, (accuracy, _) in results.items()}
        left = _best(results, len(rows))[:kept]
    return options[left[0]], tried


def _trial(model: Model, images: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Return accuracy and mean negative log likelihood."""
    logits = _logits(model, images)
    loss = -log_softmax(logits)[np.arange(len(targets)), targets].mean()
    return float((logits.argmax(1) == targets).mean()), float(loss)


def _best(results: dict[str, tuple[float, float]], count: int) -> list[str]:
    """Order names by accuracy; what is within one standard error of the best is too close to call by it.

    Among these the one that finds the labels most probable comes first: it tells normalisations apart that differ by
    a few thousandths.
    """
    best = max(accuracy for accuracy, _ in results.values())
    margin = float(np.sqrt(max(best * (1 - best), 1 / count) / count))

    def rank(name: str) -> tuple[float, float]:
        accuracy, loss = results[name]
        return -min(accuracy, best - margin), loss

    return sorted(results, key=rank)


def _spread(length: int, count: int) -> np.ndarray:
    """Return up to `count` positions spread evenly over `length`, (n,) int64."""
    return np.unique(np.linspace(0, length - 1, min(count, length)).astype(np.int64))


def _logits(model: Model, images: np.ndarray) -> np.ndarray:
    device = next(model.module.parameters()).device
    with torch.inference_mode():
        batches = (as_tensor(images[start : start + _BATCH]).to(device) for start in range(0, len(images), _BATCH))
        pieces = [model.logits(_channels_last(batch)).float().cpu().numpy() for batch in batches]
    return np.concatenate(pieces)


def _channels_last(batch: torch.Tensor) -> torch.Tensor:
    return batch.contiguous(memory_format=torch.channels_last)  # 1.5 times as fast on a CPU


def _note(tried: dict[str, tuple[float, Preprocessing]], chosen: Preprocessing) -> list[Problem]:
    if not tried:
        return []
    name = next(name for name, (_, preprocessing) in tried.items() if preprocessing == chosen)
    message = f"the file stores no normalisation; of {len(tried)} usual ones {name} fits best ({chosen.describe()})"
    return [Problem(message=message, severity="note")]


def _doubts(logits: np.ndarray, targets: np.ndarray, accuracy: float) -> list[Problem]:
    """Say so when the model does hardly better than always answering the most frequent class."""
    classes = logits.shape[1]
    if not np.isfinite(logits).all():
        hint = "The weights are damaged or the training diverged; use another file."
        return [Problem(message="the model answers with values that are no numbers", hint=hint, severity="warning")]
    share = np.bincount(targets, minlength=classes).max() / len(targets)
    chance = max(share, 1 / classes)
    if classes < 2 or accuracy > chance + max(0.1 * (1 - chance), 2 * np.sqrt(chance * (1 - chance) / len(targets))):
        return []
    message = f"the model is right on {accuracy:.1%} of {len(targets)} inputs, hardly more than chance ({chance:.1%})"
    reordered = _reordered_accuracy(logits, targets)
    if reordered > max(0.5, accuracy + 0.3):
        hint = (
            f"Its classes are in another order than the data's: put in the right order it would reach {reordered:.1%}."
        )
    else:
        hint = (
            "Likely causes: the classes are in another order, the inputs were normalised in another way, or the model "
            "was trained on other data."
        )
    return [Problem(message=message, hint=hint, severity="warning")]


def _reordered_accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the accuracy under the best renaming of the model's classes."""
    from scipy.optimize import linear_sum_assignment

    classes = logits.shape[1]
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (logits.argmax(1), targets), 1)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(targets))
