"""`--smoke`: a very short demo through every page, an export, and the export read back. For packages and CI."""

import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kdstudio.core.errors import Problem
from kdstudio.ui.exports import ExportOrder
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.page_table import PAGES

LIMIT_MS = 240_000
PAGE_MS = 300


class Smoke(QObject):
    """Steps from one thing to the next by signals; anything that goes wrong ends it with status 1."""

    def __init__(self, window: MainWindow, screenshot: Path | None = None) -> None:
        super().__init__(window)
        self._window, self._workspace, self._screenshot = window, window.workspace, screenshot
        self._folder = Path(tempfile.mkdtemp(prefix="kdstudio-smoke-"))
        self._pages = [page.name for page in PAGES]
        self._timer = QTimer(self, singleShot=True, interval=LIMIT_MS)
        self._timer.timeout.connect(lambda: self._end("it took too long"))
        self._stepper = QTimer(self, singleShot=True, interval=PAGE_MS)
        self._stepper.timeout.connect(self._next_page)

    def start(self) -> None:
        """Train for two epochs."""
        self._timer.start()
        self._workspace.notices.arrived.connect(self._noticed)
        self._workspace.trainer.ended.connect(self._trained)
        self._workspace.exports.changed.connect(self._exported)
        self._workspace.open_demo(start=False)
        value = self._workspace.draft.value
        short = {**value, "epochs": 2, "data": {**value["data"], "limit": 400, "labelled": 200}}
        self._workspace.draft.replace(short, "Shorten")
        self._workspace.train()

    def _trained(self, state: str) -> None:
        if state != "finished":
            self._end(f"the run ended as {state}")
        else:
            self._next_page()

    def _next_page(self) -> None:
        if not self._pages:
            run = self._workspace.run.folder
            assert run is not None
            self._workspace.exports.export(run, ExportOrder(self._folder / "export", ("onnx", "safetensors")))
            return
        self._window.show_page(self._pages.pop(0))
        self._stepper.start()

    def _exported(self) -> None:
        exports = self._workspace.exports
        if exports.is_busy:
            return
        if exports.problem is not None or not exports.reports or not all(one.passed for one in exports.reports):
            self._end("the export did not pass its check")
            return
        path = str(self._folder / "export" / "model.safetensors")
        self._workspace.engine.ask(
            "inspect", self._read_back, lambda problems, _: self._noticed(problems[0]), path=path
        )

    def _read_back(self, item: dict[str, object]) -> None:
        if item["role"] != "model" or item["problems"]:
            self._end("the exported weights cannot be read back")
            return
        loaded = {"torch", "onnxruntime", "transformers"} & set(sys.modules)
        if self._screenshot is not None:
            self._window.grab().save(str(self._screenshot), "PNG")
        self._end(f"the window has imported {', '.join(sorted(loaded))}" if loaded else "")

    def _noticed(self, problem: Problem, details: str = "") -> None:
        if problem.severity == "error":
            self._end(f"{problem} {problem.hint}\n{details}")

    def _end(self, complaint: str) -> None:
        self._timer.stop()
        self._stepper.stop()
        if complaint:
            print(f"smoke: {complaint}", file=sys.stderr)  # noqa: T201 — this is what a package's check reads
        QApplication.setQuitOnLastWindowClosed(False)  # it would end the program with status 0
        self._window.closing.decide()
        QApplication.exit(1 if complaint else 0)
