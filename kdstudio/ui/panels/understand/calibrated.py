"""What the Calibration tab shows, computed once for the answers and once more for each preview."""

from dataclasses import dataclass

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


def calibrated(seen: Seen, fitted_on: Predictions | None, *, adaptive: bool) -> Calibrated:
    """Measure each model; the best temperature comes from the student's answers `fitted_on`."""
    found = {who: getattr(seen, who) for who in ("teacher", "student", "baseline")}
    models = {who: one for who, one in found.items() if one is not None}
    best = None if fitted_on is None else best_temperature(fitted_on)
    return Calibrated(
        seen=seen,
        bins={who: bins(one, adaptive=adaptive) for who, one in models.items()},
        scores={who: _scores(one) for who, one in models.items()},
        best=best,
        best_ece=None if best is None else ece(seen.student, temperature=best),
    )


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
