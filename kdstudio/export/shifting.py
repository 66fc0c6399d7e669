"""A student whose class biases are shifted before it is exported, as `analysis.bias_shift` finds them."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from kdstudio.analysis.bias_shift import bias_shift
from kdstudio.core.errors import ExportError
from kdstudio.core.types import Predictions
from kdstudio.export.opening import Student
from kdstudio.models.model import Model

_CLOSE = 1e-3  # of logits, between the shift that was wanted and the one that came of it
_HINT = "Export it without the bias shift."


def with_shift(student: Student) -> Student:
    """Return the student as it expects each class as often as its teacher on the run's validation inputs.

    Raises ExportError where the run did not keep both answers to them, or the biases cannot be reached.
    """
    if student.model.task != "classification" or student.model.per_token:
        raise ExportError("Only a student of classes has biases to shift.", hint=_HINT)
    shift = bias_shift(_answers(student, "student", student.checkpoint), _answers(student, "teacher", "last"))
    moved = _moved(student.model, torch.from_numpy(shift).float())
    return replace(student, model=moved, shift=tuple(round(float(one), 4) for one in shift))


def _answers(student: Student, who: str, epoch: str) -> Predictions:
    place = student.folder.split(who, "validation")
    try:
        index, targets = np.load(place / "index.npy"), np.load(place / "targets.npy")
        logits = np.load(student.folder.logits(who, "validation", epoch))
    except (OSError, ValueError) as error:
        message = f"The run did not keep the {who}'s answers to validation inputs, from which the shift is found."
        raise ExportError(message, hint=_HINT) from error
    return Predictions(index, targets, logits, student.model.class_names, model=who, split="validation")


def _moved(model: Model, shift: torch.Tensor) -> Model:
    """Return a copy with the shift in the bias of its last layer, asked whether that is what it does."""
    module = deepcopy(model.module).eval()
    layers = [one for one in module.modules() if isinstance(one, nn.Linear) and one.out_features == len(shift)]
    moved = replace(model, module=module)
    example = model.preprocessing.example()
    with torch.inference_mode(False), torch.no_grad():
        before = model.output.logits(model.module(example))
        if layers and layers[-1].bias is not None:
            layers[-1].bias.add_(shift)
        after = moved.output.logits(module(example))
    if not torch.allclose(after - before, shift.expand_as(after), atol=_CLOSE):
        raise ExportError("The student's last layer has no biases that could be shifted.", hint=_HINT)
    return moved
