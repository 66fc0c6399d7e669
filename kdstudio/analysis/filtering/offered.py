"""What the answers of teacher, student and baseline can be filtered by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from kdstudio.analysis.agreement import js
from kdstudio.analysis.alignment import blocks
from kdstudio.analysis.filtering.fields import ANY, Field, Mark, Names, Number
from kdstudio.analysis.telling import distance
from kdstudio.core.targets import is_known
from kdstudio.core.types import Predictions, softened

_BY = {"teacher": "by the teacher", "student": "by the student", "baseline": "without a teacher"}
_OF = {"teacher": "the teacher’s", "student": "the student’s", "baseline": "the baseline’s"}
_KEYS = {"teacher": "teacher-confidence", "student": "confidence", "baseline": "baseline-confidence"}

_FIRST = ("class", "outcome", "kl", "error", "teacher", "student", "baseline", "confidence")


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of the models that there are to the same inputs (N), in the same order.

    `models` has the student, and teacher and baseline where they are there; `labels` (N,) by learner and `truth` (N,)
    are as in `Predictions`, `targets` (N,) or (N, C); `outcomes` are positions by name; `errors` (N,) of numbers.
    """

    models: Mapping[str, Predictions]
    labels: Mapping[str, np.ndarray]
    truth: np.ndarray
    targets: np.ndarray
    outcomes: Mapping[str, np.ndarray]
    errors: np.ndarray | None = None

    @property
    def student(self) -> Predictions:
        """The student's answers."""
        return self.models["student"]


def offered(asked: Asked, temperature: float) -> dict[str, Field]:
    """Return what these inputs can be filtered by; `temperature` is that of the lens, for KL and JS."""
    found: dict[str, Field] = {"outcome": _outcomes(asked)} if asked.outcomes else {}
    found |= _gaps(asked, temperature)
    found |= _numbers(asked) if asked.student.task == "regression" else _classes(asked) | _sureness(asked)
    index, known = asked.student.index, is_known(asked.targets)
    found["row"] = Number("The number of the input in the data", lambda: index)
    if not known.all():
        found["labelled"] = Mark("Inputs whose truth is known", known)
    order = {key: at for at, key in enumerate(_FIRST)}
    return dict(sorted(found.items(), key=lambda one: order.get(one[0], len(order))))


def mask_of(positions: list[np.ndarray], count: int) -> np.ndarray:
    """Return a mask (count,) bool of these positions."""
    mask = np.zeros(count, dtype=bool)
    for some in positions:
        mask[some] = True
    return mask


def _classes(asked: Asked) -> dict[str, Field]:
    names, is_several = asked.student.class_names, asked.student.task == "multi_label"
    what = "label" if is_several else "class"
    given = {"class": asked.targets == 1 if is_several and asked.targets.ndim > 1 else asked.targets}
    for who, one in asked.models.items():
        given[who] = np.asarray(one.logits) > 0 if is_several else asked.labels[who]
    found: dict[str, Field] = {"class": Names(f"The true {what}", names, lambda ks: _have(given["class"], ks), what)}
    for who in asked.models:
        found[who] = _answers(asked, who, given[who], names)
    anybody = lambda ks: np.logical_or.reduce([_have(one, ks) for one in given.values()])  # noqa: E731
    return found | {ANY: Names(f"A {what}, true or answered by anybody", names, anybody, what)}


def _answers(asked: Asked, who: str, given: np.ndarray, names: tuple[str, ...]) -> Names:
    """The classes, and "right" and "wrong" where no class is called so and the truth is known."""
    verdicts = tuple(word for word in ("right", "wrong") if word not in names and bool((asked.truth >= 0).any()))

    def has(ks: list[int]) -> np.ndarray:
        found = _have(given, [k for k in ks if k < len(names)])
        for k in ks:
            if k >= len(names):
                is_right = asked.labels[who] == asked.truth
                found = found | ((asked.truth >= 0) & (is_right if verdicts[k - len(names)] == "right" else ~is_right))
        return found

    return Names(f"Answered {_BY[who]}", (*names, *verdicts), has, "answer")


def _have(given: np.ndarray, classes: list[int]) -> np.ndarray:
    """Return which inputs have any of the classes: `given` is (N,) of classes, or (N, C) bool."""
    if given.ndim > 1:
        return np.asarray(given[:, classes].any(axis=1))
    return np.asarray(np.isin(given, classes))


def _outcomes(asked: Asked) -> Names:
    positions, count = list(asked.outcomes.values()), len(asked.student.index)
    names = tuple(name.replace("_", " ") for name in asked.outcomes)
    return Names("Who is right", names, lambda ks: mask_of([positions[k] for k in ks], count), "outcome")


def _sureness(asked: Asked) -> dict[str, Field]:
    found: dict[str, Field] = {}
    sure = {who: cache(_surest(one)) for who, one in asked.models.items()}
    for who in asked.models:
        found[_KEYS[who]] = Number(f"How sure {_OF[who]} answer is, at temperature 1", sure[who])
    if "teacher" in sure:
        gap = cache(lambda: sure["teacher"]() - sure["student"]())
        found["gap"] = Number("The teacher’s confidence minus the student’s", gap)
    return found


def _surest(one: Predictions) -> Callable[[], np.ndarray]:
    """Return a function for how sure a model is of its class, or of the yes or no that it is least sure of, (N,)."""

    def sure() -> np.ndarray:
        found = np.empty(len(one.logits))
        for rows in blocks(one):
            p = softened(one.logits[rows], one.task)
            found[rows] = p.max(axis=1) if one.task == "classification" else np.maximum(p, 1 - p).min(axis=1)
        return found

    return sure


def _gaps(asked: Asked, temperature: float) -> dict[str, Field]:
    teacher, student = asked.models.get("teacher"), asked.student
    if teacher is None:
        return {}
    apart = cache(lambda: distance(teacher, student, temperature))
    if student.task == "regression":
        return {"difference": Number("How far the student’s numbers are from the teacher’s", apart)}
    found: dict[str, Field] = {"kl": Number(f"KL from teacher to student at lens temperature {temperature:g}", apart)}
    if student.task == "classification":
        both = cache(lambda: js(teacher, student, temperature))
        found["js"] = Number(f"Jensen–Shannon divergence at lens temperature {temperature:g}", both)
    return found


def _numbers(asked: Asked) -> dict[str, Field]:
    """The numbers themselves where there is one for each input, and how far the student is off."""
    found: dict[str, Field] = {}
    errors = asked.errors
    if errors is not None:
        found["error"] = Number("How far the student’s numbers are off", lambda: errors)
    if asked.student.logits.shape[1] == 1:
        if asked.targets.ndim > 1:
            found["truth"] = Number("The true number", lambda: asked.targets[:, 0])
        for who, one in asked.models.items():
            found[who] = Number(f"The number answered {_BY[who]}", partial(np.take, one.logits, 0, 1))
    return found
