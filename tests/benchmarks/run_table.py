"""How evenly the window turns while Compare lists, sorts, filters and scrolls many runs.

python tests/benchmarks/run_table.py RUN [COUNT]

RUN is a finished run, of which COUNT are made without weights and answers.
"""

import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from kdstudio.app import application
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.pages.compare import ComparePage
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

TICK_MS = 5


def make(source: Path, folder: Path, count: int) -> None:
    """Write `count` runs that differ in size and score."""
    draw = random.Random(0)
    recipe, summary = (json.loads((source / name).read_text()) for name in ("recipe.json", "summary.json"))
    status, first = (source / "status.json").read_text(), (source / "events.jsonl").open().readline()
    for at in range(count):
        run = folder / f"20260101-{at:06d}-lenet"
        run.mkdir(parents=True)
        size, seed = draw.randint(1_000, 2_000_000), draw.randint(0, 99)
        summary["student"] |= {"accuracy": 0.5 + draw.random() * 0.45, "parameters": size, "bytes": 4 * size}
        (run / "recipe.json").write_text(json.dumps(recipe | {"seed": seed}))
        (run / "summary.json").write_text(json.dumps(summary))
        (run / "status.json").write_text(status)
        (run / "events.jsonl").write_text(first)


class Gaps:
    """Measures the time between ticks of the event loop while something is done, and the window's own work in it.

    On a machine that others use too only the work says what the window is to blame for.
    """

    def __init__(self, parent: MainWindow) -> None:
        self._stamps: list[tuple[float, float]] = []
        self._timer = QTimer(parent, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._stamps.append(now()))

    def over(self, what: str, act: Callable[[], object], until: Callable[[], bool] = lambda: True) -> None:
        """Do it and print what the loop felt until it is over and half a second longer."""
        self._stamps = [now()]
        self._timer.start()
        act()
        began = time.perf_counter()
        while not until():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        took = time.perf_counter() - began
        end = time.perf_counter() + 0.5
        while time.perf_counter() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        self._timer.stop()
        gaps, work = (np.diff(self._stamps, axis=0) * 1000).T
        print(
            f"{what}: {took:.2f} s; gap p50 {np.median(gaps):.1f} ms, p99 {np.percentile(gaps, 99):.1f} ms; own work "
            f"p99 {np.percentile(work, 99):.1f} ms, longest {work.max():.0f} ms, {int((work > 33).sum())} over 33 ms"
        )


def now() -> tuple[float, float]:
    """Return the time, and the time that this thread has worked."""
    return time.perf_counter(), time.thread_time()


def main(source: Path, count: int) -> None:
    """Open the page on a folder of runs, and use it."""
    application()
    Theme("dark", 1.0).apply()
    home = Path(tempfile.mkdtemp(prefix="kdstudio-runs-"))
    make(source, home / "runs", count)
    workspace = Workspace(Settings(home / "settings.json"))
    window = MainWindow(workspace)
    window.show()
    window.show_page("compare")
    page = window.pages["compare"]
    assert isinstance(page, ComparePage)
    models, table, gaps = page.models, page.list.table, Gaps(window)
    gaps.over("list", lambda: page.take([home / "runs"]), lambda: len(models.rows) == count and not models.is_reading)
    score = next(at for at, one in enumerate(table.rows.columns) if one.key == "parameters")
    gaps.over("sort", lambda: table.sortByColumn(score, Qt.SortOrder.AscendingOrder))
    gaps.over("sort words", lambda: table.sortByColumn(0, Qt.SortOrder.DescendingOrder))
    gaps.over("filter", lambda: page.list.filter.setText("run 77"))
    gaps.over("filter off", page.list.filter.clear)
    bar, places = table.verticalScrollBar(), iter(np.linspace(0, table.verticalScrollBar().maximum(), 120))

    def scroll() -> bool:
        place = next(places, None)
        if place is not None:
            bar.setValue(round(place))
        return place is None

    gaps.over("scroll", lambda: None, scroll)
    shown = iter(table.rows.shown[1:60])

    def point() -> bool:
        row = next(shown, None)
        if row is not None:
            models.hover(row.key)
        return row is None

    gaps.over("point at", lambda: None, point)
    chart = page.pareto.chart
    spots = iter(np.linspace(60, chart.width() - 20, 60))

    def move() -> bool:
        x = next(spots, None)
        if x is not None:
            none, at = Qt.MouseButton.NoButton, QPointF(float(x), chart.height() / 2)
            event = QMouseEvent(QMouseEvent.Type.MouseMove, at, at, none, none, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(chart, event)
        return x is None

    gaps.over("move over the chart", lambda: None, move)
    gaps.over("look again", page.look, lambda: not workspace.analyses.is_busy)
    window.closing.decide()
    shutil.rmtree(home)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
