"""Train a recipe in the real engine and print inputs per second: with_window.py RECIPE window|alone.

`window`: the real window draws the Train page meanwhile. `alone`: the same engine, its events read and dropped.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from kdstudio.core.events import Advanced, from_value

BATCH = 128


def alone(recipe: dict[str, object], folder: Path) -> list[Advanced]:
    """Train with nobody looking."""
    command = [sys.executable, "-m", "kdstudio.engine"]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert engine.stdin
    assert engine.stdout
    line = json.dumps({"id": 1, "ask": "train", "recipe": recipe, "run": str(folder)})
    engine.stdin.write(line.encode() + b"\n")
    engine.stdin.flush()
    seen = []
    for text in engine.stdout:
        message = json.loads(text)
        if message.get("event", {}).get("event") == "advanced":
            seen.append(from_value(message["event"]))
        if message.get("id") == 1 and ("answer" in message or "problems" in message):
            break
    engine.stdin.close()
    engine.wait()
    return seen


def window(recipe: dict[str, object], folder: Path) -> list[Advanced]:
    """Train with the window on its Train page."""
    from kdstudio.app import application
    from kdstudio.recipe.recipe import parse
    from kdstudio.ui.main_window import MainWindow
    from kdstudio.ui.settings import Settings
    from kdstudio.ui.theme import Theme
    from kdstudio.ui.workspace import Workspace

    app = application()
    dressed = Theme("dark", 1.0)
    dressed.apply(app)
    workspace = Workspace(Settings(folder.parent / "settings.json"))
    shown = MainWindow(workspace)
    shown.show()
    seen: list[Advanced] = []
    workspace.run.eventsArrived.connect(lambda events: seen.extend(e for e in events if isinstance(e, Advanced)))
    workspace.trainer.ended.connect(lambda _: shown.closing.decide())
    workspace.trainer.begin(folder, parse(recipe))
    shown.show_page("train")
    app.exec()
    return seen


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        way = window if sys.argv[2] == "window" else alone
        stamps = way(json.loads(Path(sys.argv[1]).read_text()), Path(name) / "run")
    steps, seconds = stamps[-1].step - stamps[0].step, stamps[-1].time - stamps[0].time
    print(steps * BATCH / seconds)
