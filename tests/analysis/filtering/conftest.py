"""Six inputs whose answers are written down by hand."""

import numpy as np
import pytest

from kdstudio.analysis.filtering.offered import Asked
from kdstudio.core.types import Predictions

NAMES = ("Shirt", "T-shirt", "Ankle boot")
TRUTH = np.array([0, 0, 1, 2, 2, -1])
GIVEN = {"teacher": [0, 1, 1, 0, 2, 2], "student": [0, 1, 0, 0, 2, 1], "baseline": [0, 0, 0, 1, 2, 2]}
SURE = {"teacher": [4, 2, 3, 1, 5, 0.5], "student": [3, 3, 1, 2, 0.2, 0.5], "baseline": [1, 1, 1, 1, 1, 1]}


def answers(who: str) -> Predictions:
    """The logit of the given class is written down, all others are 0."""
    logits = np.zeros((6, 3), dtype=np.float32)
    logits[np.arange(6), GIVEN[who]] = SURE[who]
    return Predictions(np.arange(10, 16), TRUTH, logits, NAMES, who, "validation")


@pytest.fixture
def asked() -> Asked:
    models = {who: answers(who) for who in ("student", "teacher", "baseline")}
    outcomes = {"both_right": np.array([0, 4]), "lost": np.array([2]), "inherited": np.array([1, 3])}
    return Asked(models, {who: one.labels for who, one in models.items()}, TRUTH, TRUTH, outcomes)
