"""What Understand takes for many classes and inputs: first and exact repaint, lens, selection, turns of the event loop.

python tests/benchmarks/understand.py [CLASSES INPUTS] [--keep FOLDER] [--pictures FOLDER]

The run is made up: classes lie in groups, and teacher, student and baseline see them through ever more noise.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from kdstudio.app import application
from kdstudio.core.layout import RunFolder
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

SPREAD, NOISE = 0.55, {"teacher": 0.2, "student": 0.35, "baseline": 0.5}
PART = 2000  # inputs that are answered at once
DIRECTIONS, GROUP = 32, 25
TICK_MS = 5


def make(folder: Path, classes: int, inputs: int) -> Path:
    """Write the answers of three models to `inputs` inputs of `classes` classes, float16 as a run keeps them."""
    draw = np.random.default_rng(0)
    groups = draw.normal(size=(-(-classes // GROUP), DIRECTIONS))
    places = np.repeat(groups, GROUP, axis=0)[:classes] + SPREAD * draw.normal(size=(classes, DIRECTIONS))
    targets = draw.integers(0, classes, inputs)
    seen = places[targets] + SPREAD * draw.normal(size=(inputs, DIRECTIONS))
    run = RunFolder(folder)
    for who, noise in NOISE.items():
        logits = np.empty((inputs, classes), dtype=np.float16)
        for at in range(0, inputs, PART):
            x = seen[at : at + PART]
            x = x + noise * draw.normal(size=x.shape)
            logits[at : at + PART] = x @ places.T - np.square(places).sum(axis=1) / 2
        file = run.logits(who, "validation", "last")
        file.parent.mkdir(parents=True)
        np.save(file, logits)
        np.save(run.split(who, "validation") / "index.npy", np.arange(inputs))
        np.save(run.split(who, "validation") / "targets.npy", targets)
    names = [f"{k // GROUP:02d}-{k % GROUP:02d} made up" for k in range(classes)]
    (folder / "classes.json").write_text(json.dumps({"class_names": names}))
    methods = [{"method": "soft_targets", "temperature": 4.0}]
    recipe = {"data": {"path": ""}, "student": {"architecture": "mlp"}, "teachers": [{"path": ""}], "methods": methods}
    run.recipe.write_text(json.dumps(recipe))
    run.events.write_text("")
    return folder


def now() -> tuple[float, float]:
    """Return the time, and the time that this thread has worked."""
    return time.perf_counter(), time.thread_time()


class Watch:
    """Times something that is done in the window, and the longest turn of its event loop meanwhile."""

    def __init__(self, parent: MainWindow) -> None:
        self._stamps: list[tuple[float, float]] = []
        self._timer = QTimer(parent, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._stamps.append(now()))

    def over(self, what: str, act: Callable[[], object], until: Callable[[], bool]) -> None:
        """Do it, and print what it took until `until()`, by the clock and in processor time of all threads."""
        self._stamps = [now()]
        self._timer.start()
        began, worked = time.perf_counter(), time.process_time()
        act()
        while not until():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        took, work = time.perf_counter() - began, time.process_time() - worked
        self._stamps.append(now())
        for _ in range(20):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self._timer.stop()
        gaps, own = (np.diff(self._stamps, axis=0) * 1000).T
        print(
            f"{what}: {took * 1000:.0f} ms by the clock, {work * 1000:.0f} ms of work; longest turn {own.max():.0f} ms "
            f"of the window's own work ({gaps.max():.0f} ms by the clock), {int((own > 33).sum())} over 33 ms",
            flush=True,
        )


def measure(window: MainWindow, workspace: Workspace, folder: Path, pictures: Path | None) -> None:
    """Open the run and use every tab."""
    window.show_page("understand")
    page, watch = window.pages["understand"], Watch(window)
    assert isinstance(page, UnderstandPage)
    exploration, analyses = page.exploration, workspace.analyses

    def is_whole() -> bool:
        return exploration.seen is not None and not exploration.seen.is_sample

    def is_quiet() -> bool:
        return is_whole() and not analyses.is_busy

    watch.over("open, first repaint", lambda: workspace.run.open(folder), lambda: exploration.seen is not None)
    watch.over("open, exact", lambda: None, is_whole)
    watch.over("open, all numbers", lambda: None, is_quiet)
    for name in page.tabs:
        watch.over(f"tab {name}", lambda name=name: page.open_tab(name), is_quiet)
        if pictures is not None:
            window.grab().save(str(pictures / f"{name}.png"))
    page.open_tab("classes")
    tab = page.tabs["classes"]
    for lens in (3.0, 3.1, 3.2):
        shown = tab._doubt
        is_new = lambda shown=shown: tab._doubt is not shown  # noqa: E731
        watch.over(f"lens {lens}, first", lambda lens=lens: workspace.view.set_lens(lens), is_new)
    watch.over("lens, exact", lambda: None, lambda: tab._doubt.extent == "" and not analyses.is_busy)
    seen = exploration.seen
    rows = seen.rows(seen.outcomes["inherited"])
    watch.over("select the inherited", lambda: workspace.view.select(rows, "Inherited mistakes"), lambda: True)
    watch.over("clear the selection", workspace.view.clear, lambda: True)


def main() -> None:
    """Make a run and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("size", nargs="*", type=int, default=[1000, 50_000])
    parser.add_argument("--keep", type=Path, help="where the run is made, or lies from before")
    parser.add_argument("--pictures", type=Path, help="where a picture of each tab is put")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--window", nargs=2, type=int, default=[1440, 900])
    args = parser.parse_args()
    app = application()
    Theme(args.theme, 1.0).apply(app)
    with tempfile.TemporaryDirectory(prefix="kdstudio-") as home:
        folder = args.keep or Path(home) / "run"
        if not folder.exists():
            make(folder, *args.size)
        workspace = Workspace(Settings(Path(home) / "settings.json"))
        window = MainWindow(workspace)
        window.resize(*args.window)
        window.show()
        measure(window, workspace, folder, args.pictures)
        window.closing.decide()


if __name__ == "__main__":
    main()
