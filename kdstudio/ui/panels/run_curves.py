"""From the events of a run to the points of the four charts."""

from collections.abc import Iterable, Sequence

import numpy as np

from kdstudio.core.events import Event, Resumed, Started
from kdstudio.project.curves import Curve, Curves
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.charts.curves import Points

METRICS = {"accuracy": "accuracy", "agreement": "agreement", "gap": "kl"}  # chart → metric
Charts = dict[str, dict[str, Points]]  # chart → series → points


class Stopwatch:
    """Seconds of work: the time in which the run was paused, killed or not yet started does not count."""

    def __init__(self, history: Iterable[Event]) -> None:
        self._marks, self._idle = [0.0], [0.0]
        last: float | None = None
        for event in history:
            if isinstance(event, Started | Resumed):
                gap = event.time if last is None else max(0.0, event.time - last)
                self._marks.append(event.time)
                self._idle.append(self._idle[-1] + gap)
            elif last is None:
                self._idle[0] = event.time
            last = event.time if last is None else max(last, event.time)

    def seconds(self, times: np.ndarray) -> np.ndarray:
        """Return (n,) seconds of work at (n,) moments, in seconds since 1970."""
        after = np.searchsorted(self._marks, times, side="right") - 1
        return np.asarray(np.maximum(times - np.array(self._idle)[after], 0.0))


def charts(curves: Curves, recipe: Recipe | None, catalogue: Catalogue, stopwatch: Stopwatch) -> Charts:
    """Return the points of the charts `loss`, `accuracy`, `agreement` and `gap` by the keys of their series."""
    found: Charts = {"loss": {}}
    total = curves.terms.get(("student", "total"))
    if total is not None:
        found["loss"]["total"] = _points(total, stopwatch)
    for part, labels in _parts(recipe.methods if recipe is not None else (), catalogue).items():
        curve = _weighted_sum(curves, labels)
        if curve is not None:
            found["loss"][part] = _points(curve, stopwatch)
    for chart, metric in METRICS.items():
        known = {name: curves.metrics.get((name, "validation", metric)) for name in ("student", "baseline")}
        found[chart] = {name: _points(curve, stopwatch) for name, curve in known.items() if curve is not None}
    return found


def labelled(choices: Sequence[MethodChoice]) -> list[tuple[str, MethodChoice]]:
    """Return (label, choice) as the terms are named: a method used twice is told apart as `soft_targets#2`."""
    seen: dict[str, int] = {}
    pairs = []
    for choice in choices:
        seen[choice.method] = seen.get(choice.method, 0) + 1
        again = f"#{seen[choice.method]}" if seen[choice.method] > 1 else ""
        pairs.append((choice.method + again, choice))
    return pairs


def _parts(choices: Sequence[MethodChoice], catalogue: Catalogue) -> dict[str, dict[str, float]]:
    """Return label → weight for the teacher's part and for that of the labels; unknown methods are in neither."""
    parts: dict[str, dict[str, float]] = {"teacher": {}, "label": {}}
    for label, choice in labelled(choices):
        entry = catalogue.method(choice.method)
        if entry is not None:
            parts["teacher" if entry.needs_teacher else "label"][label] = choice.weight
    return parts


def _weighted_sum(curves: Curves, weights: dict[str, float]) -> Curve | None:
    terms = [
        (weights[name.partition("/")[0]], curve)
        for (learner, name), curve in curves.terms.items()
        if learner == "student" and name.partition("/")[0] in weights
    ]
    if not terms:
        return None
    steps = terms[0][1].step
    for _, curve in terms[1:]:
        steps = np.intersect1d(steps, curve.step)
    first = terms[0][1]
    kept = np.isin(first.step, steps)
    value = sum((weight * curve.value[np.isin(curve.step, steps)] for weight, curve in terms), np.zeros(len(steps)))
    return Curve(first.step[kept], first.epoch[kept], first.time[kept], value)


def _points(curve: Curve, stopwatch: Stopwatch) -> Points:
    return Points(curve.value, curve.step, curve.epoch, stopwatch.seconds(curve.time))
