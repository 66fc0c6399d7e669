"""What the Calibration tab shows, computed once for the answers and once more for each preview."""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.bias_shift import bias_shift, shifted
from kdstudio.analysis.calibration import brier, ece, nll, reliability
from kdstudio.analysis.confidence import Bin, best_temperature, bins, confidence
from kdstudio.core.types import Predictions
from kdstudio.ui.panels.understand.seen import Seen


@dataclass(frozen=True, slots=True)
class Scores:
    """A model's numbers at temperature 1; `excess` is mean confidence minus accuracy."""

    ece: float | None
    nll: float | None
    brier: float | None
    confidence: float
    excess: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Bins and scores of each model; `preview` is the student at `temperature`, `best` the one validation asks for."""

    seen: Seen
    bins: dict[str, tuple[Bin, ...]]
    scores: dict[str, Scores]
    best: float | None
    best_ece: float | None
    biases: "Biases | None"


@dataclass(frozen=True, slots=True)
class Biases:
    """What a shift of the student's biases would do: how often it expects `name`, the most shifted class.

    `teacher` and `student` are mean probabilities on validation; `wrong` and `shifted` count errors on what is shown.
    """

    name: str
    teacher: float
    student: float
    shift: float
    wrong: int
    shifted: int


def calibrated(
    seen: Seen, fitted_on: Predictions | None, taught_on: Predictions | None = None, *, adaptive: bool
) -> Calibrated:
    """Measure each model; temperature and biases come from the answers `fitted_on`, the teacher's are `taught_on`."""
    found = {who: getattr(seen, who) for who in ("teacher", "student", "baseline")}
    models = {who: one for who, one in found.items() if one is not None}
    best = None if fitted_on is None else best_temperature(fitted_on)
    return Calibrated(
        seen=seen,
        bins={who: bins(one, adaptive=adaptive) for who, one in models.items()},
        scores={who: _scores(one) for who, one in models.items()},
        best=best,
        best_ece=None if best is None else ece(seen.student, temperature=best),
        biases=None if fitted_on is None or taught_on is None else _biases(seen.student, fitted_on, taught_on),
    )


def _biases(shown: Predictions, fitted_on: Predictions, taught_on: Predictions) -> Biases | None:
    """Return what shifted biases would do; None where the two did not answer the same inputs."""
    if not np.array_equal(fitted_on.index, taught_on.index):
        return None
    shift = bias_shift(fitted_on, taught_on)
    most = int(np.abs(shift).argmax())
    mine, theirs = (float(one.probabilities()[:, most].mean()) for one in (fitted_on, taught_on))
    known, targets = shown.known, np.asarray(shown.targets)
    wrong, moved = (int((one.labels != targets)[known].sum()) for one in (shown, shifted(shown, shift)))
    return Biases(shown.class_names[most], theirs, mine, float(shift[most]), wrong, moved)


@dataclass(frozen=True, slots=True)
class Preview:
    """The student at another temperature."""

    temperature: float
    bins: tuple[Bin, ...]
    ece: float | None


def preview(student: Predictions, temperature: float, *, adaptive: bool) -> Preview:
    """Measure the student at a temperature."""
    return Preview(
        temperature,
        bins(student, adaptive=adaptive, temperature=temperature),
        ece(student, temperature=temperature),
    )


def _scores(one: Predictions) -> Scores:
    found = reliability(one)
    excess = 0.0 if found is None else found.excess
    known = one.known
    return Scores(ece(one), nll(one), brier(one), float(confidence(one)[known].mean()), excess)
