"""A teacher's answer taken apart as decoupled distillation does: target against the rest, and the rest in itself."""

from dataclasses import dataclass

import numpy as np

from kdstudio.core.types import softmax


@dataclass(frozen=True, slots=True)
class Split:
    """An answer at one temperature, softmax(z / T), in two parts.

    `target` is p_t, how sure the teacher is of the true class; `others` (C − 1,) is how it shares the rest among the
    other classes, p_c / (1 − p_t), which sums to 1; `classes` (C − 1,) int64 says which those are, largest first.
    """

    target: float
    rest: float  # 1 − p_t, without what is lost by subtracting
    others: np.ndarray
    classes: np.ndarray

    def emphasis(self, beta: float) -> float:
        """Return how many times as much `beta` weighs the others as soft targets do; inf where these weigh nothing.

        Soft targets are TCKD + (1 − p_t) · NCKD, decoupled distillation is α · TCKD + β · NCKD (equations 5 and 7 of
        Zhao et al. 2022, https://arxiv.org/abs/2203.08679).
        """
        return beta / self.rest if self.rest > 0 else float("inf")


def split(logits: np.ndarray, target: int, temperature: float = 1.0) -> Split:
    """Take an answer (C,) to one input apart; raises ValueError for fewer than two classes or an unknown target."""
    count = len(logits)
    if count < 2 or not 0 <= target < count:
        raise ValueError(f"class {target} of {count} cannot be set against others")
    answer, classes = softmax(logits, temperature), np.delete(np.arange(count), target)
    rest = np.asarray(logits, dtype=np.float64)[classes]
    order = np.argsort(-rest, kind="stable")
    others = softmax(rest[order], temperature)
    return Split(float(answer[target]), float(answer[classes].sum()), others, classes[order])
