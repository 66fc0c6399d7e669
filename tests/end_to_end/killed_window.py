"""The real program, training by itself: killed_window.py RECIPE RUN. It begins the run or goes on with it, and ends.

What another engine still writes is waited for, as a person would who watches it in the window.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kdstudio import app
from kdstudio.recipe.recipe import load
from kdstudio.ui.main_window import MainWindow


def begin(window: MainWindow, _options: object) -> None:
    recipe, folder = map(Path, sys.argv[1:])
    workspace = window.workspace
    asked = QTimer(window, interval=50)

    def look() -> None:
        if not (folder / "events.jsonl").exists():
            workspace.trainer.begin(folder, load(recipe))
            asked.stop()
            return
        workspace.run.open(folder)
        if workspace.run.can_resume:
            asked.stop()
            workspace.resume()
        elif workspace.run.state == "finished":
            QApplication.exit(0)

    asked.timeout.connect(look)
    asked.start()
    workspace.trainer.ended.connect(lambda how: QApplication.exit(0 if how == "finished" else 3))
    workspace.notices.arrived.connect(lambda problem, _: sys.stderr.write(json.dumps(str(problem)) + "\n"))


app.begin = begin
sys.exit(app.main([]))
