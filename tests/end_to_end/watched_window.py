"""The real program, with its state written to a file now and then: watched_window.py STATE [ARGUMENT ...].

Only looks: whatever is done to the window comes from the X server.
"""

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from kdstudio import app
from kdstudio.ui.main_window import MainWindow


def watch(path: Path) -> None:
    window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
    if window is None:
        return
    workspace = window.workspace
    places = {}
    for name in ("exportButton",):
        button = window.findChild(QWidget, name)
        if button is not None and button.isVisible() and button.isEnabled():
            corner = button.mapToGlobal(QPoint(0, 0))
            places[name] = [corner.x() + button.width() // 2, corner.y() + button.height() // 2]
    state = {
        "page": window.current_page(),
        "teacher": workspace.draft.path("teacher"),
        "data": workspace.draft.path("data"),
        "checked": workspace.draft.check is not None and not workspace.draft.is_checking,
        "errors": [str(p) for p in (workspace.draft.check.errors if workspace.draft.check else ())],
        "run": workspace.run.state,
        "folder": str(workspace.run.folder or ""),
        "reports": [report.model_dump(mode="json") for report in workspace.exports.reports],
        "problems": [str(problem) for problem, _ in workspace.notices.problems],
        "places": places,
    }
    new = path.with_suffix(".new")
    new.write_text(json.dumps(state))
    os.replace(new, path)


def begin(window: MainWindow, options: object) -> None:
    timer = QTimer(window, interval=200)
    timer.timeout.connect(lambda: watch(Path(sys.argv[1])))
    timer.start()
    real_begin(window, options)


real_begin = app.begin
app.begin = begin
sys.exit(app.main(sys.argv[2:]))
