"""Models by cost and score as values: where they lie, which no other beats, and the same in words and as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kdstudio.analysis.frontier import frontier
from kdstudio.core.measures import figures
from kdstudio.ui.charts.curves import Unit
from kdstudio.ui.widgets.painting import Shape


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
    """Models with log10 of their costs (N,), their scores (N,), and the positions of the frontier, cheapest first."""

    models: tuple[Model, ...] = ()
    cost: str = "Parameters"
    score: str = "Accuracy"
    unit: Unit = "percent"
    costs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scores: np.ndarray = field(default_factory=lambda: np.zeros(0))
    front: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

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
        at = next((at for at, one in enumerate(self.models) if one.key == key), -1)
        return at if at >= 0 and math.isfinite(self.costs[at] + self.scores[at]) else -1

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return lowest and highest log10 of cost, and score, with air around the points."""
        if not len(self.known):
            return (0.0, 1.0), (0.0, 1.0)
        costs, scores = self.costs[self.known], self.scores[self.known]
        wide, tall = float(np.ptp(costs)) * 0.08 or 0.5, float(np.ptp(scores)) * 0.1 or 0.02
        low, high = float(scores.min()) - tall, float(scores.max()) + tall
        return (float(costs.min()) - wide, float(costs.max()) + wide), (low, high)

    def ladders(self, most: int = 4) -> list[list[int]]:
        """Return the positions of the models of one recipe by size; more than a few ladders would be a net."""
        found: dict[str, list[int]] = {}
        for at in self.known:
            if self.models[at].ladder:
                found.setdefault(self.models[at].ladder, []).append(int(at))
        rungs = [places for places in found.values() if len({float(self.costs[at]) for at in places}) > 2]
        return [sorted(places, key=lambda at: (self.costs[at], self.scores[at])) for places in rungs[:most]]

    def value(self, score: float) -> str:
        """Return a score as it is written."""
        return f"{score:.1%}" if self.unit == "percent" else figures(score, 3)

    def as_text(self) -> str:
        """Return the frontier in words."""
        if not len(self.known):
            return f"{self.title}: nothing to show yet"
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
    return Scatter(tuple(models), cost, score, unit, costs, scores, frontier(costs, scores))
