"""Values on the numpy side, which window, analysis and engine share."""

from dataclasses import dataclass, field

import numpy as np

from kdstudio.core.targets import Task, is_known

_BITS = 62
_WIDENED = 1 << 18  # half precision numbers that are widened at once


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
    _labels: np.ndarray | None = field(default=None, init=False, repr=False, compare=False)

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """Return softmax(logits / temperature), or for several labels the sigmoid of each, (N, C) float64."""
        return (sigmoid if self.task == "multi_label" else softmax)(self.logits, temperature)

    @property
    def labels(self) -> np.ndarray:
        """The class with the largest logit, (N,) int64; of several labels a number for the set of those above 0.

        They are found once: logits are not to be changed in place.
        """
        if self._labels is None:
            self.remember(set_codes(np.asarray(self.logits) > 0) if self.task == "multi_label" else _top(self.logits))
        assert self._labels is not None
        return self._labels

    def remember(self, labels: np.ndarray) -> None:
        """Take `labels` from somebody who has found them already."""
        object.__setattr__(self, "_labels", labels)

    @property
    def truth(self) -> np.ndarray:
        """What `labels` is when the model is right, (N,) int64; -1 where nothing is known."""
        if self.task == "multi_label":
            return np.where(self.known, set_codes(np.nan_to_num(self.targets) == 1), -1)
        return self.targets if self.task == "classification" else np.full(len(self.targets), -1)

    @property
    def has_labels(self) -> bool:
        """Whether every input has a true class."""
        return bool(len(self.targets) and self.known.all())

    @property
    def known(self) -> np.ndarray:
        """Where there is a class, labels or numbers, (N,) bool."""
        return is_known(self.targets)


def _top(logits: np.ndarray) -> np.ndarray:
    """Return the class with the largest logit, (N,) int64; numpy is slow in half precision, so that is widened."""
    if logits.dtype != np.float16 or logits.ndim != 2:
        return np.asarray(np.argmax(logits, axis=-1))
    size = max(1, _WIDENED // max(1, logits.shape[1]))
    parts = [np.argmax(logits[at : at + size].astype(np.float32), axis=1) for at in range(0, len(logits), size)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def set_codes(present: np.ndarray) -> np.ndarray:
    """Return a number for each set of labels, (N, C) bool → (N,) int64, never below 0: equal for equal sets.

    Up to 62 labels are the bits of the number. More are hashed: two different sets of a million share a number with a
    probability below 1e-6.
    """
    count = present.shape[1]
    if count <= _BITS:
        return np.asarray(present @ (1 << np.arange(count, dtype=np.int64)))
    weights = np.asarray(np.random.PCG64(count).random_raw(count)).astype(np.int64)
    return np.asarray((present.astype(np.int64) @ weights) & np.int64(2**63 - 1))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return softmax of `logits / temperature` (…, C) over the last axis, float64 of the same shape."""
    scaled: np.ndarray = np.divide(logits, temperature, dtype=np.float64)
    scaled -= scaled.max(axis=-1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=-1, keepdims=True)
    return scaled


def softened(logits: np.ndarray, task: Task, temperature: float = 1.0) -> np.ndarray:
    """Return what a task's answers are at a temperature: probabilities, or numbers, which it does not change."""
    if task == "regression":
        return np.asarray(logits, dtype=np.float64)
    return sigmoid(logits, temperature) if task == "multi_label" else softmax(logits, temperature)


def sigmoid(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the sigmoid of `logits / temperature`, float64 of the same shape."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    return np.asarray(np.exp(-np.logaddexp(0.0, -scaled)))


def log_softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return log softmax of `logits / temperature` (…, C) over the last axis, float64 of the same shape."""
    scaled: np.ndarray = np.divide(logits, temperature, dtype=np.float64)
    scaled -= scaled.max(axis=-1, keepdims=True)
    scaled -= np.log(np.exp(scaled).sum(axis=-1, keepdims=True))
    return scaled
