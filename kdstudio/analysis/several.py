"""The numbers of a model that answers several labels at once: each label is a question of its own, yes or no.

All but agreement and divergence look at the labelled inputs alone and give None where there are none.
"""

import numpy as np

from kdstudio.analysis.alignment import blocks, check
from kdstudio.analysis.calibration import ECE_BINS
from kdstudio.analysis.ranks import spearman
from kdstudio.core.types import Predictions, sigmoid


def said(predictions: Predictions) -> np.ndarray:
    """Return which labels a model gives, (N, C) bool: those with a probability above one half."""
    return np.asarray(predictions.logits > 0)


def f1(predictions: Predictions) -> float | None:
    """Return 2·TP / (2·TP + FP + FN) over all labels together (micro average); None where there is no label at all."""
    given, true = _labelled(predictions)
    return _f1(int((given & true).sum()), int(given.sum()), int(true.sum()))


def f1_macro(predictions: Predictions) -> float | None:
    """Return the mean over labels of each one's F1, labels that nobody has and nobody gives left out."""
    given, true = _labelled(predictions)
    counts = zip((given & true).sum(axis=0), given.sum(axis=0), true.sum(axis=0), strict=True)
    scores = [score for both, one, other in counts if (score := _f1(int(both), int(one), int(other))) is not None]
    return float(np.mean(scores)) if scores else None


def average_precision(predictions: Predictions) -> float | None:
    """Return the mean over labels of the precision at each input that has one, ranked by the model's answer (mAP)."""
    known = predictions.known
    logits, true = predictions.logits[known], predictions.targets[known] == 1
    scores = [_ranked(logits[:, j], true[:, j]) for j in range(true.shape[1]) if true[:, j].any()]
    return float(np.mean(scores)) if scores else None


def nll(predictions: Predictions) -> float | None:
    """Return the mean over inputs of −Σ_c log p(the true yes or no), in nats."""
    known = predictions.known
    if not known.any():
        return None
    logits = np.asarray(predictions.logits[known], dtype=np.float64)
    signs = np.where(predictions.targets[known] == 1, -1.0, 1.0)
    return float(np.logaddexp(0.0, signs * logits).sum(axis=1).mean())


def ece(predictions: Predictions, bins: int = ECE_BINS) -> float | None:
    """Return how far all yes-or-no answers are off: Σ count/N · |share that is yes − mean probability| over bins."""
    known = predictions.known
    if not known.any():
        return None
    chance = sigmoid(predictions.logits[known]).ravel()
    order = np.argsort(chance, kind="stable")
    true = (predictions.targets[known] == 1).ravel()[order]
    parts = zip(np.array_split(chance[order], bins), np.array_split(true, bins), strict=True)
    return float(sum(len(p) * abs(p.mean() - t.mean()) for p, t in parts if len(p)) / len(chance))


def mean_kl(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> float:
    """Return the mean over the inputs of `kl`."""
    return float(kl(teacher, student, temperature).mean())


def kl(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> np.ndarray:
    """Return Σ_c KL(σ(t_c/T) ‖ σ(s_c/T)) of each input in nats, (N,) float64, without the factor T²."""
    check(teacher, student)
    values = np.empty(len(teacher.logits))
    for rows in blocks(teacher):
        values[rows] = divergences(teacher.logits[rows] / temperature, student.logits[rows] / temperature)
    return values


def divergences(t: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return Σ_c KL(σ(t_c) ‖ σ(s_c)) in nats, (…, C) → (…) float64."""
    t, s = np.asarray(t, dtype=np.float64), np.asarray(s, dtype=np.float64)
    yes, no = sigmoid(t), sigmoid(-t)
    gap = yes * (np.logaddexp(0, -s) - np.logaddexp(0, -t)) + no * (np.logaddexp(0, s) - np.logaddexp(0, t))
    return np.asarray(np.maximum(gap.sum(axis=-1), 0.0))


def company(predictions: Predictions, present: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return (C, C): where label i is, how probable j is to the model; the diagonal, and rows without inputs, are NaN.

    `present` (N, C) bool says which labels an input has.
    """
    chance = predictions.probabilities(temperature)
    counts = present.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = (present.T.astype(np.float64) @ chance) / counts[:, None]
    np.fill_diagonal(matrix, np.nan)
    return np.asarray(matrix)


def structure(teacher: Predictions, student: Predictions, temperature: float = 1.0) -> float | None:
    """Return the rank correlation of two models' `company`: was it passed on which labels go together?"""
    check(teacher, student)
    known = teacher.known[:, None]
    present = np.where(known, np.nan_to_num(teacher.targets) == 1, said(teacher))
    first, second = (company(one, present, temperature) for one in (teacher, student))
    both = np.isfinite(first) & np.isfinite(second)
    return spearman(first[both], second[both])


def _labelled(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    known = predictions.known
    return said(predictions)[known], predictions.targets[known] == 1


def _f1(both: int, given: int, true: int) -> float | None:
    return 2 * both / (given + true) if given + true else None


def _ranked(logits: np.ndarray, true: np.ndarray) -> float:
    """Inputs that are answered alike share a place, so that their order in the data does not count."""
    order = np.argsort(-logits, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(logits[order])), len(order) - 1)
    hits = np.cumsum(true[order])[ends]
    precision, gained = hits / (ends + 1), np.diff(hits, prepend=0)
    return float((precision * gained).sum() / hits[-1])
