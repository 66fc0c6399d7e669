"""From the events of a run to the points of its charts."""

from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np

from kdstudio.core.events import Changed, Event, Resumed, Started
from kdstudio.core.targets import Task
from kdstudio.project.curves import Curve, Curves
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe
from kdstudio.ui.charts.curves import Points, Series
from kdstudio.ui.widgets.painting import Shape

_TEACHER_LOOKS: tuple[tuple[str, Shape], ...] = (
    ("teacher", "circle"), ("diff_less", "square"), ("diff_more", "diamond"), ("truth", "ring"), ("error", "circle")
)  # fmt: skip
_LABEL_LOOKS: tuple[tuple[str, Shape], ...] = (("student", "diamond"), ("baseline", "ring"))
METRICS = ("accuracy", "agreement", "gap")  # the charts of what is measured once an epoch
CHARTED: dict[Task, dict[str, str]] = {  # task → chart → metric
    "classification": {"accuracy": "accuracy", "agreement": "agreement", "gap": "kl"},
    "multi_label": {"accuracy": "f1", "agreement": "agreement", "gap": "kl"},
    "regression": {"accuracy": "r2", "agreement": "correlation", "gap": "difference"},
}
_Weight = tuple[int, float]  # a method's place in the recipe, and the weight that it began with
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


def charts(
    curves: Curves,
    recipe: Recipe | None,
    catalogue: Catalogue,
    stopwatch: Stopwatch,
    learner: str = "student",
    others: Sequence[str] = (),
    made: Sequence[Changed] = (),
    task: Task = "classification",
) -> Charts:
    """Return the points of each chart of the page by the keys of their series; those of `teaching` are the terms.

    Loss and terms are those of `learner`; the metrics are of student and baseline, and of `others`: earlier stages.
    The parts of the loss have the weights that held at each step, after what was `made` of them while the run went on.
    """
    found: Charts = {"loss": {}}
    total = curves.terms.get((learner, "total"))
    if total is not None:
        found["loss"]["total"] = _points(total, stopwatch)
    for part, labels in _parts(recipe.methods if recipe is not None else (), catalogue).items():
        curve = _weighted_sum(curves, labels, learner, made)
        if curve is not None:
            found["loss"][part] = _points(curve, stopwatch)
    for chart, metric in CHARTED[task].items():
        known = {name: curves.metrics.get((name, "validation", metric)) for name in ("student", "baseline", *others)}
        found[chart] = {name: _points(curve, stopwatch) for name, curve in known.items() if curve is not None}
    found["teaching"] = {
        name: _above_zero(_points(curve, stopwatch))
        for (who, name), curve in curves.gradient_norms.items()
        if who == learner and np.any(curve.value > 0)
    }
    return found


def term_series(terms: Iterable[str], recipe: Recipe | None, catalogue: Catalogue) -> list[Series]:
    """Return how the gradient of each term is drawn, `total` first; terms are named as in `Losses`."""
    names = [name for name in terms if name != "total"]
    known = dict(labelled(recipe.methods if recipe is not None else ()))
    looks = {True: cycle(_TEACHER_LOOKS), False: cycle(_LABEL_LOOKS)}
    series = [Series("total", "total", "text_1", "line", 2.0, smoothed=True)]
    for name in names:
        method, _, term = name.partition("/")
        entry = catalogue.method(known[method].method) if method in known else None
        title = entry.title.partition(" (")[0] if entry is not None else method.replace("_", " ").capitalize()
        again = method.partition("#")[2]
        several = sum(other.partition("/")[0] == method for other in names) > 1
        words = " ".join(filter(None, (title, again, term.replace("_", " ") if several else "")))
        token, shape = next(looks[entry is None or entry.needs_teacher])
        series.append(Series(name, words, token, shape, 2.0, smoothed=True))
    return series


def labelled(choices: Sequence[MethodChoice]) -> list[tuple[str, MethodChoice]]:
    """Return (label, choice) as the terms are named: a method used twice is told apart as `soft_targets#2`."""
    seen: dict[str, int] = {}
    pairs = []
    for choice in choices:
        seen[choice.method] = seen.get(choice.method, 0) + 1
        again = f"#{seen[choice.method]}" if seen[choice.method] > 1 else ""
        pairs.append((choice.method + again, choice))
    return pairs


def _parts(choices: Sequence[MethodChoice], catalogue: Catalogue) -> dict[str, dict[str, _Weight]]:
    """Return label → weight for the teacher's part and for that of the labels; unknown methods are in neither."""
    parts: dict[str, dict[str, _Weight]] = {"teacher": {}, "label": {}}
    for at, (label, choice) in enumerate(labelled(choices)):
        entry = catalogue.method(choice.method)
        if entry is not None:
            parts["teacher" if entry.needs_teacher else "label"][label] = (at, choice.weight)
    return parts


def _weights(weight: _Weight, steps: np.ndarray, made: Sequence[Changed]) -> np.ndarray:
    """Return (n,) weights of a method at (n,) steps of the run."""
    at, start = weight
    found = np.full(len(steps), start)
    for change in made:
        if change.key == f"methods[{at}].weight":
            found[steps > change.step] = change.new
    return found


def _weighted_sum(curves: Curves, weights: dict[str, _Weight], learner: str, made: Sequence[Changed]) -> Curve | None:
    terms = [
        (weights[name.partition("/")[0]], curve)
        for (who, name), curve in curves.terms.items()
        if who == learner and name.partition("/")[0] in weights
    ]
    if not terms:
        return None
    steps = terms[0][1].step
    for _, curve in terms[1:]:
        steps = np.intersect1d(steps, curve.step)
    first = terms[0][1]
    kept = np.isin(first.step, steps)
    values = (_weights(weight, steps, made) * curve.value[np.isin(curve.step, steps)] for weight, curve in terms)
    value = sum(values, np.zeros(len(steps)))
    return Curve(first.step[kept], first.epoch[kept], first.time[kept], value)


def _above_zero(points: Points) -> Points:
    """Leave out what a log scale cannot show: a gradient of 0."""
    kept = points.values > 0
    return Points(points.values[kept], points.steps[kept], points.epochs[kept], points.seconds[kept])


def _points(curve: Curve, stopwatch: Stopwatch) -> Points:
    return Points(curve.value, curve.step, curve.epoch, stopwatch.seconds(curve.time))
