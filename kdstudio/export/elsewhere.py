"""Which inputs an exported file answers otherwise than the student it came from, the worst ones first."""

import numpy as np

from kdstudio.core.types import Predictions
from kdstudio.recipe.report import Differing

MOST = 12  # inputs that a report names


def differing(student: Predictions, exported: np.ndarray, same: np.ndarray, *, failed: bool) -> tuple[Differing, ...]:
    """Return inputs with another answer by their largest logit difference.

    Where a file failed though it answers the same, those inputs are named at which its logits (N, classes) are
    furthest off. `same` (N,) says which answers are the same.
    """
    off = np.abs(student.logits - exported).max(axis=1)
    off = np.where(np.isfinite(off), off, np.inf)
    chosen = np.flatnonzero(~same)
    if failed and not len(chosen):
        chosen = np.arange(len(off))
    worst = chosen[np.argsort(-off[chosen], kind="stable")][:MOST]
    return tuple(
        Differing(
            row=int(student.index[at]),
            before=_said(student, student.logits[at]),
            after=_said(student, exported[at]),
            difference=float(off[at]) if np.isfinite(off[at]) else None,
        )
        for at in worst
    )


def _said(student: Predictions, logits: np.ndarray) -> str:
    """Return an answer (classes,) in words."""
    names = student.class_names or tuple(map(str, range(len(logits))))
    if not np.isfinite(logits).all():
        return "no number"
    if student.task == "regression":
        return ", ".join(f"{value:.4g}" for value in logits)
    if student.task == "multi_label":
        return ", ".join(name for name, value in zip(names, logits, strict=True) if value > 0) or "none"
    return names[int(logits.argmax())]
