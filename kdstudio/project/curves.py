"""The curves of a run, as arrays, out of its history of events."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kdstudio.core.events import Evaluated, Event, Losses

Point = tuple[int, float, float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart: `step` (n,) int64, `epoch`, `time` (seconds since 1970) and `value` (n,) float64."""

    step: np.ndarray
    epoch: np.ndarray
    time: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True)
class Curves:
    """All curves of a run, by learner and name; a number that was null has no point."""

    terms: dict[tuple[str, str], Curve]  # (learner, "total" or "soft_targets/kl")
    gradient_norms: dict[tuple[str, str], Curve]  # (learner, name)
    learning_rate: dict[str, Curve]  # learner
    samples_per_second: dict[str, Curve]  # learner
    metrics: dict[tuple[str, str, str], Curve]  # (learner, split, metric)


def curves(history: Iterable[Event]) -> Curves:
    """Return the curves that a valid history (`core.events.read`, `Follower.history`) tells."""
    terms: dict[tuple[str, str], list[Point]] = defaultdict(list)
    norms: dict[tuple[str, str], list[Point]] = defaultdict(list)
    rates: dict[str, list[Point]] = defaultdict(list)
    speeds: dict[str, list[Point]] = defaultdict(list)
    metrics: dict[tuple[str, str, str], list[Point]] = defaultdict(list)
    for event in history:
        if isinstance(event, Losses):
            at = (event.step, event.epoch, event.time)
            for name, value in event.terms.items():
                terms[event.learner, name].append((*at, value))
            for name, value in event.gradient_norms.items():
                norms[event.learner, name].append((*at, value))
            rates[event.learner].append((*at, event.learning_rate))
            if event.samples_per_second is not None:
                speeds[event.learner].append((*at, event.samples_per_second))
        elif isinstance(event, Evaluated):
            for name, metric in event.metrics.items():
                if metric is not None:
                    at = (event.step, event.epoch, event.time)
                    metrics[event.learner, event.split, name].append((*at, metric))
    return Curves(
        terms={key: _curve(points) for key, points in terms.items()},
        gradient_norms={key: _curve(points) for key, points in norms.items()},
        learning_rate={key: _curve(points) for key, points in rates.items()},
        samples_per_second={key: _curve(points) for key, points in speeds.items()},
        metrics={key: _curve(points) for key, points in metrics.items()},
    )


def _curve(points: list[Point]) -> Curve:
    step, epoch, time, value = zip(*points, strict=True)
    return Curve(np.array(step, dtype=np.int64), np.array(epoch), np.array(time), np.array(value, dtype=np.float64))
