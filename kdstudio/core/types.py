"""Values on the numpy side, which window, analysis and engine share."""

from dataclasses import dataclass

import numpy as np

from kdstudio.core.targets import Task, is_known


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one model answered for one split of the data.

    `index` (N,) int64 names the inputs (their row in the data set), `targets` (N,) int64 their true classes (-1 where
    there is no label), or (N, C) float32 as `core.targets` says; `logits` (N, C) are the answers before softmax or
    sigmoid, or the numbers themselves, possibly memory-mapped and in half precision.
    """

    index: np.ndarray
    targets: np.ndarray
    logits: np.ndarray
    class_names: tuple[str, ...]
    model: str = ""
    split: str = ""
    task: Task = "classification"

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """Return softmax(logits / temperature), or for several labels the sigmoid of each, (N, C) float64."""
        return (sigmoid if self.task == "multi_label" else softmax)(self.logits, temperature)

    @property
    def labels(self) -> np.ndarray:
        """The class with the largest logit, (N,) int64."""
        return np.asarray(np.argmax(self.logits, axis=-1))

    @property
    def has_labels(self) -> bool:
        """Whether every input has a true class."""
        return bool(len(self.targets) and self.known.all())

    @property
    def known(self) -> np.ndarray:
        """Where there is a class, labels or numbers, (N,) bool."""
        return is_known(self.targets)


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return softmax of `logits / temperature` (…, C) over the last axis, float64 of the same shape."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=-1, keepdims=True)
    return scaled


def sigmoid(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the sigmoid of `logits / temperature`, float64 of the same shape."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    return np.asarray(np.exp(-np.logaddexp(0.0, -scaled)))


def log_softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return log softmax of `logits / temperature` (…, C) over the last axis, float64 of the same shape."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=-1, keepdims=True)))
