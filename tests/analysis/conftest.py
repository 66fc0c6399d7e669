"""Hand-made answers."""

from collections.abc import Callable

import numpy as np
import pytest

from kdstudio.core.types import Predictions


def _answers(logits: object, targets: object = None, index: object = None) -> Predictions:
    logits = np.asarray(logits)
    count = len(logits)
    return Predictions(
        index=np.arange(count) if index is None else np.asarray(index),
        targets=np.full(count, -1) if targets is None else np.asarray(targets),
        logits=logits,
        class_names=tuple(f"class {j}" for j in range(logits.shape[1])),
    )


@pytest.fixture
def answers() -> Callable[..., Predictions]:
    """Make Predictions from lists; without targets nothing is labelled."""
    return _answers


@pytest.fixture
def pair() -> tuple[Predictions, Predictions, Predictions]:
    """Teacher, student and baseline for 300 labelled inputs of 5 classes; the student is near the teacher."""
    generator = np.random.default_rng(7)
    targets = generator.integers(0, 5, 300)
    truth = 4.0 * np.eye(5)[targets]
    teacher = truth + generator.normal(size=(300, 5)) * 2
    student = teacher + generator.normal(size=(300, 5))
    baseline = truth + generator.normal(size=(300, 5)) * 3
    return _answers(teacher, targets), _answers(student, targets), _answers(baseline, targets)
