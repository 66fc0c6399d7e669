"""Models by cost and score as values: where they lie, which no other beats, and the same in words and as a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kdstudio.analysis.frontier import frontier
from kdstudio.core.measures import figures
from kdstudio.ui.charts.curves import Unit
from kdstudio.ui.widgets.painting import Shape

MOST_LADDERS, MOST_RUNGS = 4, 60  # what can still be told apart


@dataclass(frozen=True, slots=True)
class Model:
    """A point: `cost` above 0 and `score`, either NaN where it is not known. Those of one `ladder` are joined."""

    key: str
    words: str
    shape: Shape
    token: str
    cost: float
    score: float
    ladder: str = ""
    can_be_chosen: bool = True


@dataclass(frozen=True, slots=True)
class Scatter:
    """Models with log10 of their costs (N,), their scores (N,), and the positions of the frontier, cheapest first.

    `places` finds a model by its key, `ranges` are lowest and highest log10 of cost and score with air around the
    points, `ladders` the positions of the models of one recipe by size.
    """

    models: tuple[Model, ...] = ()
    cost: str = "Parameters"
    score: str = "Accuracy"
    unit: Unit = "percent"
    costs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    front: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    places: Mapping[str, int] = field(default_factory=dict)
    ranges: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 1.0), (0.0, 1.0))
    ladders: tuple[tuple[int, ...], ...] = ()

    @property
    def known(self) -> np.ndarray:
        """Positions of the models that can be drawn, (k,) int64."""
        return np.flatnonzero(np.isfinite(self.costs) & np.isfinite(self.scores))

    @property
    def title(self) -> str:
        """What is drawn against what."""
        return f"{self.score} against {self.cost.lower()}"

    def find(self, key: str) -> int:
        """Return the position of a model, −1 where it is not drawn."""
        at = self.places.get(key, -1)
        return at if at >= 0 and math.isfinite(self.costs[at] + self.scores[at]) else -1

    def value(self, score: float) -> str:
        """Return a score as it is written."""
        return f"{score:.1%}" if self.unit == "percent" else figures(score, 3)

    def as_text(self) -> str:
        """Return the frontier in words."""
        if not len(self.known):
            return f"No model here has {self.score} and {self.cost.lower()} yet."
        front = (self.models[at] for at in self.front)
        best = "; ".join(f"{one.words}: {self.value(one.score)} at {figures(one.cost)}" for one in front)
        return f"{self.title}, {len(self.known)} models; best at their size: {best}"

    def as_csv(self) -> str:
        """Return one model a line; `best` is 1 on the frontier."""
        front = set(self.front.tolist())
        lines = [f"model,{self.cost.lower()},{self.score.lower()},best"]
        for at, one in enumerate(self.models):
            lines.append(f'"{one.words}",{one.cost:.10g},{one.score:.10g},{int(at in front)}')
        return "\n".join(lines) + "\n" if self.models else ""


def scatter(models: Sequence[Model], cost: str, score: str, unit: Unit) -> Scatter:
    """Return models as points; `cost` and `score` name the axes, `unit` says how scores are written."""
    costs = np.array([math.log10(one.cost) if one.cost > 0 else math.nan for one in models])
    scores = np.array([one.score for one in models], dtype=np.float64)
    return Scatter(
        tuple(models), cost, score, unit, costs, scores, frontier(costs, scores),
        {one.key: at for at, one in enumerate(models)}, _ranges(costs, scores), _ladders(models, costs, scores),
    )  # fmt: skip


def _ranges(costs: np.ndarray, scores: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    known = np.isfinite(costs) & np.isfinite(scores)
    if not known.any():
        return (0.0, 1.0), (0.0, 1.0)
    x, y = costs[known], scores[known]
    wide, tall = float(np.ptp(x)) * 0.08 or 0.5, float(np.ptp(y)) * 0.1 or 0.02
    return (float(x.min()) - wide, float(x.max()) + wide), (float(y.min()) - tall, float(y.max()) + tall)


def _ladders(models: Sequence[Model], costs: np.ndarray, scores: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Return the ladders of three sizes or more, the longest first; more than a few would be a net."""
    found: dict[str, list[int]] = {}
    for at in np.flatnonzero(np.isfinite(costs) & np.isfinite(scores)).tolist():
        if models[at].ladder:
            found.setdefault(models[at].ladder, []).append(at)
    rungs = [places for places in found.values() if 2 < len({float(costs[at]) for at in places}) <= MOST_RUNGS]
    rungs.sort(key=len, reverse=True)
    return tuple(tuple(sorted(places, key=lambda at: (costs[at], scores[at]))) for places in rungs[:MOST_LADDERS])
