"""What a panel of curves takes to show one more report of a long run, and whether memory stays flat over many.

python tests/benchmarks/curves.py [POINTS] [REFRESHES]
"""

import sys
import time

import numpy as np
import psutil
from PySide6.QtWidgets import QApplication

from kdstudio.app import application
from kdstudio.ui.charts.curve_panel import CurvePanel
from kdstudio.ui.charts.curves import Points, Series
from kdstudio.ui.theme import Theme

REPORT = 10  # points that come with each refresh
TURNS = 100


def panel(weight: float) -> CurvePanel:
    """Return a panel of the size that it has on the Train page, in a shown window of its own."""
    made = CurvePanel("Loss", [Series("total", "total", smoothed=True)])
    made.resize(420, 300)
    made.set_smoothing(weight)
    made.show()
    return made


def refresh(shown: CurvePanel, points: Points, count: int) -> tuple[float, float]:
    """Show the first `count` points and return the milliseconds and the milliseconds of work until they are painted."""
    began, worked = time.perf_counter(), time.thread_time()
    part = Points(points.values[:count], points.steps[:count], points.epochs[:count], points.seconds[:count])
    shown.set_points({"total": part})
    QApplication.processEvents()
    return (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000


def main(count: int, refreshes: int) -> None:
    """Print the time of refreshes at `count` points, then the memory before and after `refreshes` of them."""
    Theme("dark", 1.0).apply(application())
    steps, draw = np.arange(count + REPORT * (TURNS + 1)), np.random.default_rng(0)
    values = 2 / np.sqrt(1 + steps / 1000) + draw.normal(0, 0.05, len(steps))
    points = Points(values, steps, steps / 1000, steps / 100)
    for weight in (0.0, 0.6, 0.99):
        shown = panel(weight)
        first = refresh(shown, points, count)[1]
        times = np.array([refresh(shown, points, count + REPORT * turn) for turn in range(1, TURNS + 1)])
        clock, work = np.percentile(times, [50, 99], axis=0).T
        print(
            f"{count:,} points, smoothing {weight:g}: first {first:.0f} ms of work, then a refresh p50 "
            f"{work[0]:.1f} ms, p99 {work[1]:.1f} ms of work ({clock[0]:.1f} and {clock[1]:.1f} ms by the clock)",
            flush=True,
        )
        shown.close()
    shown, process = panel(0.6), psutil.Process()
    few = min(count, 20_000)
    for turn in range(refreshes + 500):
        refresh(shown, points, few + turn)
        if turn in (499, refreshes + 499):
            print(
                f"after {turn + 1:,} refreshes of {few:,} points: {process.memory_info().rss / 2**20:.1f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, (*sys.argv[1:], *("10_000_000", "5_000")[len(sys.argv) - 1 :])))
