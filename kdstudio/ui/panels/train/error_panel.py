"""The card that stands in place of the controls when a run failed: what happened, what is safe, what can be done."""

from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kdstudio.core.layout import RunFolder
from kdstudio.core.paths import engine_log
from kdstudio.ui.panels.train.run_trouble import Trouble, trouble
from kdstudio.ui.widgets.messages import ErrorCard
from kdstudio.ui.workspace import Workspace

_ICONS = {"resume": "play", "retry": "reset", "onward": "play", "elsewhere": "cpu", "cpu": "cpu", "edit": "setup"}


class ErrorPanel(QWidget):
    """An ErrorCard for the shown run, made anew for each failure; its first action takes the keyboard."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("errorPanel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._workspace = workspace
        self._trouble: Trouble | None = None
        self.card: ErrorCard | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def refresh(self) -> None:
        """Show the trouble of the shown run, or nothing where there is none."""
        run = self._workspace.run
        now = trouble(run) if run.state in ("failed", "interrupted") else None
        is_new = now != self._trouble
        if is_new:
            self._trouble = now
            self._replace(now)
        self.setVisible(now is not None)
        if is_new and self.card is not None and self.isVisible():
            self.card.focus_first()

    def _replace(self, now: Trouble | None) -> None:
        if self.card is not None:
            self.card.setParent(None)
            self.card.deleteLater()
            self.card = None
        if now is None:
            return
        self.card = ErrorCard(now.title, now.words, list(now.actions), now.details)
        for key, button in self.card.buttons.items():
            button.setObjectName(f"error-{key}")
            button.set_icon(_ICONS[key])
        self.card.chosen.connect(self._act)
        self.card.logRequested.connect(self._open_log)
        self._column.addWidget(self.card)

    def _act(self, key: str) -> None:
        workspace = self._workspace
        recipe = workspace.run.recipe
        if key == "resume":
            workspace.resume()
        elif key == "onward" and workspace.run.problem is not None:
            workspace.resume({"optimizer.learning_rate": workspace.run.problem.value})
        elif key == "elsewhere" and workspace.run.problem is not None:
            workspace.resume({"device": workspace.run.problem.value})
        elif key == "edit" or recipe is None:
            workspace.go_to("setup")
        else:
            changes: dict[str, dict[str, Any]] = {
                "retry": {"batch_size": max(1, workspace.run.batch // 2)},
                "cpu": {"device": "cpu"},
            }
            workspace.retry(**changes[key])

    def _open_log(self) -> None:
        folder = self._workspace.run.folder
        logs = [engine_log()]
        if folder is not None:
            logs += [RunFolder(folder).events, folder]
        there = next((path for path in logs if path.is_dir() or (path.is_file() and path.stat().st_size)), logs[-1])
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))
