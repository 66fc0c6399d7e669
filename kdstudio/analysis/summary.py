"""The numbers of `summary.json` and of each evaluation (contract: "Run folder"). What cannot be computed is None."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kdstudio.analysis import agreement, calibration, outcomes, regression, several, similarity
from kdstudio.analysis.alignment import check
from kdstudio.analysis.survey import Surveyed
from kdstudio.core.targets import HEADLINE
from kdstudio.core.types import Predictions

TRANSFER_METRICS = ("agreement", "kl", "structure", "inherited")
NUMBER_METRICS = ("difference", "correlation")
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
    """Return accuracy, nll and ece (at temperature 1), and with a teacher agreement, kl, structure and inherited.

    Several labels add f1, f1_macro and average_precision; numbers have rmse, mae and r2, with a teacher difference and
    correlation, and None for what only classes have.
    """
    values = {name: _finite(value) for name, value in _own(predictions).items()}
    return values if teacher is None else values | closeness(teacher, predictions, temperature)


def learner(predictions: Predictions, size: Size | None = None) -> dict[str, Any]:
    """Return one learner's (or the teacher's) part of the summary.

    `count` is the number of labelled inputs, `errors` how many of them are wrong; without any label `count` is the
    number of inputs and `errors` None.
    """
    size = size or Size()
    known = int(predictions.known.sum())
    values = metrics(predictions)
    share = values["accuracy"]
    return values | {
        "parameters": size.parameters,
        "bytes": size.bytes,
        "macs": size.macs,
        "errors": None if share is None else known - round(share * known),
        "count": known or len(predictions.index),
    }


def transfer(
    teacher: Predictions | None, student: Predictions, baseline: Predictions | None = None, temperature: float = 4.0
) -> dict[str, float | None]:
    """Return what came over from the teacher: for student and baseline how close they are to it, and `recovered`."""
    check(student, *(one for one in (teacher, baseline) if one is not None))
    names = (*TRANSFER_METRICS, *(NUMBER_METRICS if student.task == "regression" else ()))
    absent: dict[str, float | None] = dict.fromkeys(names)
    near = absent if teacher is None else closeness(teacher, student, temperature)
    without = absent if teacher is None or baseline is None else closeness(teacher, baseline, temperature)
    values: dict[str, float | None] = {"temperature": float(temperature)}
    for name in names:
        values |= {name: near[name], f"baseline_{name}": without[name]}
    return values | {"recovered": recovered(teacher, student, baseline)}


def recovered(teacher: Predictions | None, student: Predictions, baseline: Predictions | None) -> float | None:
    """Return (student − baseline) / (teacher − baseline) in accuracy; None where the teacher is not 0.01 ahead.

    For several labels it is the share of F1 that came back, for numbers that of R².
    """
    if teacher is None or baseline is None:
        return None
    taught, learned, alone = (_own(one)[HEADLINE[one.task]] for one in (teacher, student, baseline))
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


def headline_score(predictions: Predictions) -> float | None:
    """Return accuracy, F1 or R²: the one number by which the models of a task are compared."""
    measures = {"classification": calibration.accuracy, "multi_label": several.f1, "regression": regression.r2}
    return _finite(measures[predictions.task](predictions))


def _own(predictions: Predictions) -> dict[str, float | None]:
    """Return how good a model is by itself."""
    if predictions.task == "multi_label":
        measures = (several.nll, several.ece, several.f1, several.f1_macro, several.average_precision)
        accuracy = {"accuracy": calibration.accuracy(predictions)}
        return accuracy | {measure.__name__: measure(predictions) for measure in measures}
    if predictions.task == "regression":
        found = {one.__name__: one(predictions) for one in (regression.rmse, regression.mae, regression.r2)}
        return {"accuracy": None, "nll": None, "ece": None, **found}
    return {
        "accuracy": calibration.accuracy(predictions),
        "nll": calibration.nll(predictions),
        "ece": calibration.ece(predictions),
    }


def closeness(teacher: Predictions, student: Predictions, temperature: float) -> dict[str, float | None]:
    """Return agreement, kl (of the student from the teacher), structure and inherited; numbers have others as well."""
    if student.task == "regression":
        found = {one.__name__: one(teacher, student) for one in (regression.difference, regression.correlation)}
        return dict.fromkeys(TRANSFER_METRICS) | {name: _finite(value) for name, value in found.items()}
    is_several = student.task == "multi_label"
    divergence = several.mean_kl if is_several else agreement.mean_kl
    structure = several.structure if is_several else similarity.structure
    return {
        "agreement": _finite(agreement.agreement(teacher, student)),
        "kl": _finite(divergence(teacher, student, temperature)),
        "structure": _finite(structure(teacher, student, temperature)),
        "inherited": _finite(outcomes.inherited(teacher, student)),
    }


def by_survey(
    surveyed: Mapping[str, Surveyed], who: str, targets: np.ndarray, *, cells: int = 0
) -> dict[str, float | None]:
    """Return what `metrics` returns of classes, for one of the models that were read; beside a teacher if there is one.

    `targets` (N,) are −1 where there is no label; with `cells` the structure is estimated from so many cells.
    """
    one, teacher, known = surveyed[who], surveyed.get("teacher"), targets >= 0
    right = (one.first == targets)[known]
    bins = calibration.binned(one.sureness[known], right)
    found = {
        "accuracy": float(right.mean()) if len(right) else None,
        "nll": float(one.loss[known].mean()) if len(right) else None,
        "ece": None if bins is None else bins.error,
    }
    if teacher is not None and who != "teacher" and one.kl is not None:
        wrong = known & (teacher.first != targets)
        found |= {
            "agreement": float((one.first == teacher.first).mean()),
            "kl": float(one.kl.mean()),
            "structure": similarity.correlation(teacher.doubt(), one.doubt(), cells),
            "inherited": float((one.first == teacher.first)[wrong].mean()) if wrong.any() else None,
        }
    return {name: _finite(value) for name, value in found.items()}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
