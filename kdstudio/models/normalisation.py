"""Finding out how a model's inputs were normalised in training, where its file does not say.

Each usual normalisation is tried on a labelled sample. Good models are right under several that lie close together, so
where accuracy cannot tell them apart, the one under which the model is least surprised by the labels is taken. What the
first batch norm remembers of its inputs is no better witness: padded crops in training have changed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from kdstudio.analysis.summary import metrics
from kdstudio.core.spread import spread
from kdstudio.core.targets import HEADLINE, Task
from kdstudio.core.types import Predictions, log_softmax
from kdstudio.data.dataset import Part
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.image import ImagePreprocessing, candidates
from kdstudio.models.preprocessing.rows import RowPreprocessing
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing

_ROUNDS = ((64, 4), (256, 1))  # inputs on which normalisations are tried, and how many of the best go on
_BATCH = 100  # larger ones leave the cache: measured with ResNet-20 on one core


@dataclass(frozen=True, slots=True)
class Trial:
    """How a normalisation did: accuracy (F1, R²), and surprise, the mean square root of the negative log likelihood.

    The root lets many small differences count for more than one input that is hard under all. With 256 CIFAR-10 images
    it finds the normalisation of ResNet-20 and 32 in 85 and 92 % of draws, the plain mean in 66 and 84 %.
    """

    accuracy: float
    surprise: float


def find(
    model: Model, part: Part, values: np.ndarray, targets: np.ndarray
) -> tuple[str, Preprocessing, dict[str, float]]:
    """Return name and value of the best normalisation for `values` of `part`, and the accuracy of each one tried."""
    options = _options(model.preprocessing, part)
    tried: dict[str, float] = {}
    left = list(options)
    for count, kept in _ROUNDS:
        rows = spread(len(targets), count)
        trials = {name: _try(model.with_preprocessing(options[name]), values[rows], targets[rows]) for name in left}
        tried |= {name: trial.accuracy for name, trial in trials.items()}
        left = ranked(trials, len(rows))[:kept]
    return left[0], options[left[0]], tried


def ranked(trials: dict[str, Trial], count: int) -> list[str]:
    """Return the names, best first: by accuracy, and by surprise within one standard error of it on `count` inputs."""
    best = max(trial.accuracy for trial in trials.values())
    enough = best - float(np.sqrt(max(best * (1 - best), 1 / count) / count))
    return sorted(trials, key=lambda name: (-min(trials[name].accuracy, enough), trials[name].surprise))


def answer(model: Model, values: np.ndarray) -> np.ndarray:
    """Return the logits (n, C) for inputs as a Part reads them, in the mode that the module is in."""
    with torch.inference_mode():
        pieces = [
            model.respond(values[start : start + _BATCH]).float().cpu().numpy()
            for start in range(0, len(values), _BATCH)
        ]
    return np.concatenate(pieces)


def _options(stored: Preprocessing, part: Part) -> Mapping[str, Preprocessing]:
    """Return the usual ways to normalise inputs of `part`, by name, for a model that leaves them open."""
    if isinstance(stored, RowPreprocessing):
        return stored.options(part)
    if isinstance(stored, WaveformPreprocessing):
        return {
            "samples as they are": stored.model_copy(update={"normalise": False}),
            "mean 0 and deviation 1 in each clip": stored.model_copy(update={"normalise": True}),
        }
    assert isinstance(stored, ImagePreprocessing)  # other kinds of models store theirs
    own = ImagePreprocessing.of(part).with_channels(stored.channels)
    found = candidates(stored.channels, stored.size) | {"the data's own": own}
    return {name: stored.model_copy(update={"mean": how.mean, "std": how.std}) for name, how in found.items()}


def quality(logits: np.ndarray, targets: np.ndarray, task: Task) -> float:
    """Return how good answers (n, C) are, at most 1: the share that is right, F1, or R²."""
    if task == "classification":
        return float(np.mean(logits.argmax(1) == targets))
    rows = np.arange(len(targets))
    found = metrics(Predictions(rows, targets, logits, (), task=task))[HEADLINE[task]]
    return 0.0 if found is None else found


def _try(model: Model, values: np.ndarray, targets: np.ndarray) -> Trial:
    logits = answer(model, values)
    if model.task == "regression":
        return Trial(quality(logits, targets, model.task), float(np.abs(logits - targets).mean()))
    if model.task == "multi_label":
        doubts = np.logaddexp(0.0, np.where(targets == 1, -logits, logits)).sum(axis=1)
        return Trial(quality(logits, targets, model.task), float(np.sqrt(doubts).mean()))
    losses = np.maximum(0, -log_softmax(logits)[np.arange(len(targets)), targets])
    return Trial(float((logits.argmax(1) == targets).mean()), float(np.sqrt(losses).mean()))
