"""The answers that are compared: all of them, or first a sample of each class where that takes too long."""

from dataclasses import replace

import numpy as np

from kdstudio.analysis.embedding import sample
from kdstudio.analysis.survey import Surveyed, survey
from kdstudio.core.targets import groups
from kdstudio.core.types import Predictions


def copied(one: Predictions, rows: np.ndarray | slice) -> Predictions:
    """Return the answers in `rows` in memory."""
    return replace(
        one, index=np.array(one.index[rows]), targets=np.array(one.targets[rows]), logits=np.array(one.logits[rows])
    )


def sampled(student: Predictions, most: int, with_row: int | None) -> np.ndarray:
    """Return the positions of a sample, ascending, in which each class or group of targets has its share."""
    return np.union1d(sample(groups(student.targets), most), np.flatnonzero(student.index == with_row))


def surveyed_by(models: dict[str, Predictions], targets: np.ndarray, temperature: float) -> dict[str, Surveyed]:
    """Read models of classes; an input without a label counts to the class that the teacher, or the student, names."""
    guide = models.get("teacher", models["student"])
    return survey(
        models, targets if (targets >= 0).all() else np.where(targets >= 0, targets, guide.labels), temperature
    )
