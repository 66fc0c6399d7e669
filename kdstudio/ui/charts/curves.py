"""Curves as values: what a panel holds, what its axes show, and the same in words and as a table."""

import csv
import io
import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kdstudio.core.measures import figures
from kdstudio.ui.widgets.painting import Shape

_LOOKED = 4096  # values at a time
XAxis = Literal["step", "epoch", "time"]
Unit = Literal["percent", "number"]


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a panel: its key, its words, its colour token, shape in the legend and width in pixels.

    `smoothed` draws the raw line faintly beneath; a series that is measured once an epoch has it off. `short`
    are its words in the legend of a narrow panel.
    """

    key: str
    words: str
    token: str = "student"
    shape: Shape = "diamond"
    width: float = 2.2
    smoothed: bool = False
    short: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Points:
    """(n,) values with the optimizer step, the epoch and the seconds since the start at which each was measured."""

    values: np.ndarray
    steps: np.ndarray
    epochs: np.ndarray
    seconds: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def at(self, places: np.ndarray) -> "Points":
        """Return the measurements at (k,) positions."""
        seconds = self.seconds[places] if len(self.seconds) == len(self.values) else self.seconds
        return Points(self.values[places], self.steps[places], self.epochs[places], seconds)

    def x(self, axis: XAxis) -> np.ndarray:
        """Return (n,) places on an axis; time is in minutes."""
        if axis == "time":
            return self.seconds / 60 if len(self.seconds) == len(self.values) else np.zeros(len(self.values))
        return np.asarray(self.steps if axis == "step" else self.epochs, dtype=np.float64)


def value_words(value: float | None, unit: Unit) -> str:
    """Return `86.2%`, `0.42` or `19,600`; a dash where nothing is known."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "percent":
        return f"{value * 100:.1f}%"
    if abs(value) >= 1000:
        return figures(value)
    digits = 2 if abs(value) >= 0.05 or value == 0 else 3
    return f"{value:.{digits}f}" if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"


def y_range(lines: list[np.ndarray], level: float | None, *, log: bool) -> tuple[float, float]:
    """Return the range that shows the lines well; on a linear scale the first tenth, the steep part, may leave it.

    With `log` the values are log10 already, and so is the result.
    """
    parts = [line[max(1, len(line) // 10) :] if len(line) >= 8 and not log else line for line in lines]
    known = [part[np.isfinite(part)] for part in parts]
    every = np.concatenate([*known, [] if level is None else [level]]) if known or level is not None else np.zeros(0)
    if not len(every):
        return (-1.0, 0.0) if log else (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    least = 0.1 if log else max(1e-6, 0.02 * abs(high))
    air = max((high - low) * 0.08, least)
    return low - air, high + air


def describe(title: str, series: list[Series], points: dict[str, Points], unit: Unit, level: float | None) -> str:
    """Return the panel in words: "Accuracy: student rose from 41.0% to 89.7% over 17 epochs; teacher 94.1%"."""
    parts = []
    for one in series:
        known = points.get(one.key)
        first, last = (None, None) if known is None else (_first(known.values), _first(known.values[::-1]))
        if first is None or last is None:
            continue
        moved = "rose" if last > first else "fell" if last < first else "stayed"
        epochs = float(known.epochs[-1]) if known is not None else 0.0
        told = f"{moved} from {value_words(first, unit)} to {value_words(last, unit)}"
        parts.append(f"{one.words} {told} over {epochs:.4g} epochs")
    if level is not None:
        parts.append(f"teacher {value_words(level, unit)}")
    return f"{title}: " + ("; ".join(parts) if parts else "nothing measured yet")


def _first(values: np.ndarray) -> float | None:
    """Return the first value that is known, looking no farther than that."""
    for start in range(0, len(values), _LOOKED):
        part = values[start : start + _LOOKED]
        known = np.isfinite(part)
        if known.any():
            return float(part[int(np.argmax(known))])
    return None


def as_csv(series: list[Series], points: dict[str, Points]) -> str:
    """Return one row a measurement: series, step, epoch, seconds, value."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["series", "step", "epoch", "seconds", "value"])
    for one in series:
        known = points.get(one.key)
        if known is None:
            continue
        seconds = known.seconds if len(known.seconds) == len(known.values) else np.full(len(known.values), np.nan)
        for row in zip(known.steps, known.epochs, seconds, known.values, strict=True):
            table.writerow([one.words, *("" if not np.isfinite(v) else f"{v:.10g}" for v in row)])
    return file.getvalue()
