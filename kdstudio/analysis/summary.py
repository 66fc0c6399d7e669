"""The numbers of `summary.json` and of each evaluation (contract: "Run folder"). What cannot be computed is None."""

import math
from dataclasses import dataclass
from typing import Any

from kdstudio.analysis import agreement, calibration, outcomes, similarity
from kdstudio.analysis.alignment import check
from kdstudio.core.types import Predictions

TRANSFER_METRICS = ("agreement", "kl", "structure", "inherited")
SMALLEST_GAP = 0.01  # below one point the recovered share says nothing


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is: parameters, bytes of its weights, multiply–accumulates for one input; None if unknown."""

    parameters: int | None = None
    bytes: int | None = None
    macs: int | None = None


def metrics(
    predictions: Predictions, teacher: Predictions | None = None, temperature: float = 4.0
) -> dict[str, float | None]:
    """Return accuracy, nll and ece (at temperature 1), and with a teacher agreement, kl, structure and inherited."""
    values = {
        "accuracy": _finite(calibration.accuracy(predictions)),
        "nll": _finite(calibration.nll(predictions)),
        "ece": _finite(calibration.ece(predictions)),
    }
    return values if teacher is None else values | _closeness(teacher, predictions, temperature)


def learner(predictions: Predictions, size: Size | None = None) -> dict[str, Any]:
    """Return one learner's (or the teacher's) part of the summary.

    `count` is the number of labelled inputs, `errors` how many of them are wrong; without any label `count` is the
    number of inputs and `errors` None.
    """
    size = size or Size()
    known = int((predictions.targets >= 0).sum())
    right = int(calibration.correct(predictions).sum())
    return metrics(predictions) | {
        "parameters": size.parameters,
        "bytes": size.bytes,
        "macs": size.macs,
        "errors": known - right if known else None,
        "count": known or len(predictions.index),
    }


def transfer(
    teacher: Predictions | None, student: Predictions, baseline: Predictions | None = None, temperature: float = 4.0
) -> dict[str, float | None]:
    """Return what came over from the teacher: for student and baseline how close they are to it, and `recovered`."""
    check(student, *(one for one in (teacher, baseline) if one is not None))
    absent: dict[str, float | None] = dict.fromkeys(TRANSFER_METRICS)
    near = absent if teacher is None else _closeness(teacher, student, temperature)
    without = absent if teacher is None or baseline is None else _closeness(teacher, baseline, temperature)
    values: dict[str, float | None] = {"temperature": float(temperature)}
    for name in TRANSFER_METRICS:
        values |= {name: near[name], f"baseline_{name}": without[name]}
    return values | {"recovered": recovered(teacher, student, baseline)}


def recovered(teacher: Predictions | None, student: Predictions, baseline: Predictions | None) -> float | None:
    """Return (student − baseline) / (teacher − baseline) in accuracy; None where the teacher is not 0.01 ahead."""
    if teacher is None or baseline is None:
        return None
    taught, learned, alone = (calibration.accuracy(one) for one in (teacher, student, baseline))
    if taught is None or learned is None or alone is None:
        return None
    if round(taught - alone, 9) < SMALLEST_GAP:  # 0.94 − 0.93 is a little less than 0.01 in binary
        return None
    return (learned - alone) / (taught - alone)


def summary(
    teacher: Predictions | None,
    student: Predictions,
    baseline: Predictions | None,
    sizes: dict[str, Size],
    temperature: float = 4.0,
) -> dict[str, Any]:
    """Return the keys `teacher`, `student`, `baseline` (None where there is none) and `transfer` of `summary.json`.

    `sizes` is looked up by those names. `timing`, `split` and `checkpoint` are added by who measured and chose them.
    """
    learners = {"teacher": teacher, "student": student, "baseline": baseline}
    parts: dict[str, Any] = {
        name: None if one is None else learner(one, sizes.get(name)) for name, one in learners.items()
    }
    return parts | {"transfer": transfer(teacher, student, baseline, temperature)}


def _closeness(teacher: Predictions, student: Predictions, temperature: float) -> dict[str, float | None]:
    return {
        "agreement": _finite(agreement.agreement(teacher, student)),
        "kl": _finite(agreement.mean_kl(teacher, student, temperature)),
        "structure": _finite(similarity.structure(teacher, student, temperature)),
        "inherited": _finite(outcomes.inherited(teacher, student)),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
