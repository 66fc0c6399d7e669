"""The line at the bottom: what the run does, and what this computer has. Each part is a button."""

import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from kdstudio.core.paths import data_folder
from kdstudio.ui import icons
from kdstudio.ui.shell.standing import standing
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.controls import Hovered
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import begin, focus_ring, text, width
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.workspace import Workspace

EVERY_MS, SOON_MS = 2000, 250


class Segment(Hovered, QAbstractButton):
    """Icon and words; "error" and "faint" change the tone."""

    def __init__(self, name: str, icon: str = "") -> None:
        super().__init__()
        self._name, self._icon, self._tone = name, icon, "text_2"
        self.setObjectName(f"status-{name.lower().replace(' ', '-')}")
        self.take_clicks()
        self.set_words("")

    def set_words(self, words: str, tone: str = "text_2", icon: str | None = None, hint: str = "") -> None:
        """Change the words and what they mean in full."""
        icon = self._icon if icon is None else icon
        if (words, tone, icon, hint) == (self.text(), self._tone, self._icon, self.toolTip()) and words:
            return
        self._icon, self._tone = icon, tone
        self.setText(words)
        self.setToolTip(hint)
        self.setAccessibleName(f"{self._name}: {words}" if words else self._name)
        self.setVisible(bool(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Icon, words, air."""
        px = theme().px
        return QSize(round(width(self.text(), "smallm")) + px(14) + (px(19) if self._icon else 0), px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw icon and words."""
        painter, px, rect = begin(self), theme().px, QRectF(self.rect())
        if self.has_ring:
            focus_ring(painter, rect, px(6))
        x, tone = float(px(7)), "text_1" if self.is_hovered and self._tone != "error" else self._tone
        if self._icon:
            icons.draw(painter, self._icon, QRectF(x, rect.center().y() - px(6.5), px(13), px(13)), tone)
            x += px(19)
        text(painter, QRectF(x, 0, rect.width() - x, rect.height()), self.text(), "smallm", tone)


class StatusLine(QWidget):
    """Run at the left; device, memory, disk and problems at the right. Order and presence do not change."""

    pageRequested = Signal(str)
    problemsRequested = Signal()
    preferencesRequested = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace, self._hint = workspace, ""
        self.run = Segment("Run", "check")
        self.progress = ProgressLine("Run", height=3)
        self.rest = Label("", "small", "3")
        self.device, self.memory = Segment("Device", "cpu"), Segment("Memory")
        self.disk, self.problems = Segment("Disk", "disk"), Segment("Problems", "check")
        self._lay_out()
        self._connect()
        self.refresh()
        QTimer.singleShot(0, self, self._look)  # not before the window is painted

    def set_hint(self, words: str) -> None:
        """Say something in place of the run, while something is dragged."""
        self._hint = words
        self.refresh()

    def refresh(self) -> None:
        """Show where the run stands."""
        if self._hint:
            icon, words, rest, share = "download", self._hint, "", None
        else:
            icon, words, rest, share = standing(self._workspace)
        self.run.set_words(words, "text_1" if share is not None or self._hint else "text_2", icon)
        self.rest.setText(rest)
        self.progress.setVisible(share is not None)
        self.progress.set_share(share or 0.0)

    def _lay_out(self) -> None:
        px = theme().px
        self.setFixedHeight(px(30))
        self.progress.setFixedWidth(px(90))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(9), 0, px(7), 0)
        row.setSpacing(px(6))
        for widget in (self.run, self.progress, self.rest):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.device, self.memory, self.disk, self.problems):
            row.addWidget(widget)

    def _connect(self) -> None:
        workspace = self._workspace
        for signal in (workspace.run.changed, workspace.run.stateChanged, workspace.draft.checked):
            signal.connect(self.refresh)
        workspace.run.eventsArrived.connect(self._refresh_soon)
        workspace.exports.changed.connect(self.refresh)
        workspace.machineChanged.connect(self._look)
        workspace.notices.arrived.connect(lambda *_: self._look())
        workspace.notices.cleared.connect(self._look)
        self.run.clicked.connect(lambda: self.pageRequested.emit("train"))
        self.device.clicked.connect(self.preferencesRequested)
        self.problems.clicked.connect(self.problemsRequested)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _refresh_soon(self) -> None:
        """Events come twenty times a second; nobody reads that fast."""
        if not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        """Look at memory, disk and problems."""
        import psutil

        memory = psutil.virtual_memory()
        used, total = (memory.total - memory.available) / 1e9, memory.total / 1e9
        tone = "error" if memory.percent > 95 else "text_2"
        self.memory.set_words(f"RAM {used:.1f} / {total:.0f} GB", tone)
        free = shutil.disk_usage(_existing(data_folder())).free / 1e9
        self.disk.set_words(
            f"{free:.0f} GB free", "error" if free < 1 else "text_2", hint="where new projects are kept"
        )
        self.device.set_words(*_device(self._workspace.machine))
        count = sum(problem.severity != "note" for problem, _ in self._workspace.notices.problems)
        words = "No problems" if not count else f"{count} problem{'s' if count > 1 else ''}"
        self.problems.set_words(words, "error" if count else "text_3", "alert" if count else "check")


def _device(machine: dict[str, Any] | None) -> tuple[str, str]:
    if machine is None:
        return "starting engine…", "text_3"
    if machine["device"] == "cpu":
        threads = machine["threads"]
        return f"CPU · {threads} thread{'s' if threads > 1 else ''}", "text_2"
    named = [one["name"] for one in machine["devices"] if one["name"].startswith(machine["device"])]
    return (named[0] if named else machine["device"]), "text_2"


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
