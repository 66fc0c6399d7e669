"""How evenly the window's event loop turns while the demo trains: gaps between ticks over 30 s.

python tests/benchmarks/responsiveness.py [SECONDS]
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer

from kdstudio.app import application
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

TICK_MS = 5


def main(seconds: float) -> None:
    """Start the demo and measure from its first step on."""
    app = application()
    dressed = Theme("dark", 1.0)
    dressed.apply(app)
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(Settings(Path(name) / "settings.json"))
        window = MainWindow(workspace)
        window.show()
        stamps: list[float] = []
        timer = QTimer(window, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: stamps.append(time.perf_counter()))
        end = QTimer(window, interval=int(seconds * 1000), singleShot=True)
        end.timeout.connect(window.closing.decide)
        started = time.perf_counter()
        first: list[float] = []

        def arrived(events: list[object]) -> None:
            if workspace.run.advanced is not None and not timer.isActive():
                first.append(time.perf_counter() - started)
                timer.start()
                end.start()

        workspace.run.eventsArrived.connect(arrived)
        workspace.trainer.ended.connect(
            lambda state: print(f"the run {state} after {time.perf_counter() - started:.1f} s")
        )
        workspace.open_demo()
        app.exec()
    gaps = np.diff(stamps) * 1000
    p50, p99, p999 = np.percentile(gaps, [50, 99, 99.9])
    late = gaps[gaps > 16.7]
    print(f"first step {first[0]:.1f} s after the click; {len(gaps)} ticks of {TICK_MS} ms over {seconds:.0f} s")
    print(f"gap p50 {p50:.1f} ms, p99 {p99:.1f} ms, p99.9 {p999:.1f} ms, longest {gaps.max():.0f} ms")
    print(f"{len(late)} gaps over 16.7 ms, together {late.sum() / 1000:.2f} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
