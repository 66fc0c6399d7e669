"""The plot inside a panel of curves: lines, faint raw lines, the teacher's level, axes that fit."""

import math
from collections import defaultdict

import numpy as np
import pyqtgraph as pg

from kdstudio.ui.charts.crosshair import Reading
from kdstudio.ui.charts.curves import Points, Series, Unit, XAxis, value_words, y_range
from kdstudio.ui.charts.decimate import MOST_POINTS, Thinned, decimate
from kdstudio.ui.charts.marks import MarkLines
from kdstudio.ui.charts.plot import Plot, pen
from kdstudio.ui.charts.smoothing import smooth
from kdstudio.ui.charts.ticks import Tick, linear_ticks, log_ticks
from kdstudio.ui.tokens import RAW_OPACITY

_DENSE, _CROSSINGS = 400, 20  # points of a line, and how often it then goes through its whole range
_LOG_FLOOR = 1e-12
_NOTHING = np.zeros(0)


class CurvePlot(Plot):
    """Draws `Points` by key. Attributes are set first, then `redraw` once: items live on, only their data change."""

    def __init__(self, series: list[Series], unit: Unit, *, log: bool) -> None:
        super().__init__()
        self.series, self.unit, self.log = series, unit, log
        self.points: dict[str, Points] = {}
        self.shown: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # x and smoothed values, not yet log10
        self.level: float | None = None
        self.axis: XAxis = "epoch"
        self.x_end: float | None = None
        self.weight = 0.0
        self.zoom = (math.nan, math.nan)
        self.marks = MarkLines(self)
        self._thinned: dict[str, Thinned] = defaultdict(Thinned)
        self._level_line = pg.InfiniteLine(angle=0, movable=False)
        self._level_line.setZValue(1)
        self.box.addItem(self._level_line, ignoreBounds=True)
        self._raw: dict[str, pg.PlotCurveItem] = {}
        self._lines: dict[str, pg.PlotCurveItem] = {}
        self.set_series(series)
        self.restyle_lines()

    def set_series(self, series: list[Series]) -> None:
        """Draw other series from now on, the first on top; those that are known keep their items."""
        dressed = {one.key: one for one in self.series if one.key in self._lines}
        for one in series:
            if one.key not in self._lines:
                self._raw[one.key], self._lines[one.key] = _curve(), _curve()
                self._raw[one.key].setZValue(-5)
                for item in (self._raw[one.key], self._lines[one.key]):
                    self.box.addItem(item, ignoreBounds=True)
        for key in set(self._lines) - {one.key for one in series}:
            self.points.pop(key, None)
            for item in (self._raw[key], self._lines[key]):
                item.setData(_NOTHING, _NOTHING)
        for at, one in enumerate(reversed(series)):
            self._lines[one.key].setZValue(2 + at)
        self.series = series
        for one in series:
            if dressed.get(one.key) != one:
                self._dress(one)

    def restyle_lines(self) -> None:
        """Take the theme's colours and fonts again, lines included."""
        self.restyle()
        self.marks.restyle()
        self._level_line.setPen(pen("teacher_edge", 1.6, dashed=True))
        for one in self.series:
            self._dress(one)

    def _dress(self, one: Series) -> None:
        self._raw[one.key].setPen(pen(one.token, 1, RAW_OPACITY))
        self._lines[one.key].setPen(pen(one.token, one.width, one.opacity))

    def redraw(self) -> None:
        """Draw the points as they are now; of a very long curve the extremes, which are smoothed then."""
        self.shown = {}
        for one in self.series:
            known = self._looked_at(one.key)
            x, values = (known.x(self.axis), known.values) if known is not None else (_NOTHING, _NOTHING)
            smoothed = smooth(values, self.weight) if one.smoothed else np.asarray(values, dtype=np.float64)
            if len(x):
                self.shown[one.key] = (x, smoothed)
            line = decimate(x, self.scaled(smoothed), self._most_points())
            is_dense = _is_dense(line[1])
            self._lines[one.key].setPen(pen(one.token, 1 if is_dense else one.width, one.opacity))
            self._lines[one.key].setData(*self._visible(*line), connect="finite", antialias=not is_dense)
            has_raw = one.smoothed and self.weight > 0
            raw = decimate(x, self.scaled(values), self._most_points()) if has_raw else (_NOTHING, _NOTHING)
            self._raw[one.key].setData(*raw, connect="finite", antialias=not _is_dense(raw[1]))
        level = self._scaled_level()
        self._level_line.setVisible(level is not None)
        if level is not None:
            self._level_line.setPos(level)
        self.fit()

    def fit(self) -> None:
        """Choose ranges and ticks for what is shown."""
        low, high = self._x_range()
        lines = [self.scaled(y[(x >= low) & (x <= high)]) for x, y in self.shown.values()]
        bottom, top = y_range(lines, self._scaled_level(), log=self.log)
        if self.unit == "percent" and not self.log:
            bottom, top = max(bottom, -0.02), min(top, 1.02)
        self.box.setRange(xRange=(low, high), yRange=(bottom, top), padding=0)
        self.set_ticks(self._y_ticks(bottom, top), linear_ticks(low, high, 6))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Return values as they are drawn: log10 where the scale is."""
        values = np.asarray(values, dtype=np.float64)
        return np.log10(np.maximum(values, _LOG_FLOOR)) if self.log else values

    def last(self, key: str) -> float | None:
        """Return the last smoothed value of a series."""
        return float(self.shown[key][1][-1]) if key in self.shown else None

    def readings(self, x: float) -> tuple[float, list[Reading]]:
        """Return the place of the measurement nearest to x, and each curve's value there."""
        place = x
        rows: list[Reading] = []
        for one in self.series:
            if one.key not in self.shown:
                continue
            places, values = self.shown[one.key]
            near = int(np.argmin(np.abs(places - x)))
            place = place if rows else float(places[near])
            words = value_words(float(values[near]), self.unit)
            y = float(self.scaled(values[near : near + 1])[0])
            rows.append((words if len(self.series) < 3 else f"{one.words} {words}", one.token, y))
        return place, rows

    def neighbour(self, x: float, by: int) -> float | None:
        """Return the measurement `by` places from the one nearest to x; from the end where x is NaN."""
        if not self.shown:
            return None
        places = next(iter(self.shown.values()))[0]
        now = int(np.argmin(np.abs(places - x))) if math.isfinite(x) else (-1 if by > 0 else len(places))
        return float(places[min(max(now + by, 0), len(places) - 1)])

    def place_words(self, x: float) -> str:
        """Return x in words: `epoch 12`."""
        if self.axis == "step":
            return f"step {x:.0f}"
        return f"epoch {x:.4g}" if self.axis == "epoch" else f"{x:.1f} min"

    def _looked_at(self, key: str) -> Points | None:
        known = self.points.get(key)
        places = None if known is None else self._thinned[key].places(known.values)
        return known if known is None or places is None else known.at(places)

    def _most_points(self) -> int:
        """Two for each pixel column: the smallest and the largest value that fall into it."""
        columns = self.box.width() * self.devicePixelRatioF()
        return int(min(MOST_POINTS, max(400, 2 * columns)))

    def _visible(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Draw a single measurement, which makes no line yet, as a short dash."""
        if len(x) != 1:
            return x, y
        half = 0.012 * (self.x_end or max(float(x[0]), 1.0))
        return np.array([x[0] - half, x[0] + half]), np.repeat(y, 2)

    def _scaled_level(self) -> float | None:
        return None if self.level is None else float(self.scaled(np.array([self.level]))[0])

    def _x_range(self) -> tuple[float, float]:
        if all(map(math.isfinite, self.zoom)):
            return self.zoom
        end = max([*(float(x[-1]) for x, _ in self.shown.values()), self.x_end or 0.0])
        return 0.0, end if end > 0 else 1.0

    def _y_ticks(self, bottom: float, top: float) -> list[Tick]:
        if self.log:
            return log_ticks(bottom, top)
        if self.unit == "percent":
            return [(at / 100, words) for at, words in linear_ticks(bottom * 100, top * 100)]
        return linear_ticks(bottom, top)


def _is_dense(y: np.ndarray) -> bool:
    """Whether a line goes up and down so often that it is an area: its edges need no smoothing, which costs most."""
    if len(y) < _DENSE:
        return False
    y = y[np.isfinite(y)]
    return bool(np.abs(np.diff(y)).sum() > _CROSSINGS * np.ptp(y))


def _curve() -> pg.PlotCurveItem:
    """One item; thick lines as separate segments are drawn seven times as fast as one path with joins (measured)."""
    item = pg.PlotCurveItem(antialias=True)
    item.setSegmentedLineMode("on")
    return item
