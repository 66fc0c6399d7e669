"""A shift of the class biases that a student learned too low or too high, found without labels.

A student that never saw a class, or saw only two of ten, knows more of them than it says: its biases are those of the
inputs that it learned from (Hinton, Vinyals, Dean 2015, section 3). They are moved until the student expects each class
as often as the teacher does, on inputs that neither has to have learned from.
"""

from dataclasses import replace

import numpy as np

from kdstudio.core.types import Predictions, softmax

_STEPS = 1000
_CLOSE = 1e-7  # of the mean probabilities
_RAREST = 1e-6  # a class that the teacher never expects is not shifted without end


def bias_shift(student: Predictions, teacher: Predictions) -> np.ndarray:
    """Return what to add to the student's logits, (classes,) with mean 0.

    Both answered the same inputs. The shift is the only one, but for a constant, with which the student's mean
    probabilities are the teacher's: log odds of the shares are its fixed point (Saerens et al. 2002 fit priors so).
    """
    wanted = np.maximum(teacher.probabilities().mean(axis=0), _RAREST)
    wanted /= wanted.sum()
    logits, shift = np.asarray(student.logits, float), np.zeros(len(wanted))
    for _ in range(_STEPS):
        expected = softmax(logits + shift).mean(axis=0)
        if np.abs(expected - wanted).max() < _CLOSE:
            break
        shift += np.log(wanted / np.maximum(expected, np.finfo(float).tiny))
    return np.asarray(shift - shift.mean())


def shifted(answers: Predictions, shift: np.ndarray) -> Predictions:
    """Return answers with a shift added to all of their logits."""
    return replace(answers, logits=np.asarray(answers.logits) + shift.astype(np.float32))
