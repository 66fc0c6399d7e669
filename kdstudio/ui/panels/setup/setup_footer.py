"""The foot of Setup: what the run would take, what was checked, and the one button that starts it."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui.panels.amounts import about, size
from kdstudio.ui.panels.popover import Popover, fitted
from kdstudio.ui.panels.setup.checks import CheckRow
from kdstudio.ui.run_queue import Step
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, LinkButton
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph

_LOOKS = {"ok": ("check", "truth"), "note": ("info", "text_3"), "warning": ("alert", "warning")}
_STEPS: dict[Step, tuple[str, str, str]] = {  # words, icon, meaning
    "train": ("Train", "play", ""),
    "queue": (
        "Add to queue",
        "plus",
        "A run is going on. This recipe waits in the queue, and begins by itself when those before it have ended.",
    ),
    "show": (
        "Show the run",
        "train",
        "A run with this very recipe is going on. Change something to queue another one.",
    ),
    "waits": ("Show the queue", "clock", "This very recipe waits in the queue. Change something to add another one."),
}


class SetupFooter(QWidget):
    """Always in the same place, whatever scrolls above it."""

    trainRequested = Signal()
    checkRequested = Signal()
    repairAsked = Signal(object)  # Problem

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("setup-footer")
        self.setAccessibleName("Estimate and checks")
        self._why = ""
        self._rows: list[CheckRow] = []
        self.seconds, self.memory, self.disk = (Label("–", "small", "2") for _ in range(3))
        self.why = LinkButton("Why?")
        self.checks = LinkButton("")
        self.mark = Glyph("info", "text_3", 14)
        self.again = Button("Check again")
        self.train = Button("Train", "primary", "play", trailing="F5")
        buttons = {"why": self.why, "checks": self.checks, "check-again": self.again, "train": self.train}
        for name, button in buttons.items():
            button.setObjectName(name)
        self._lay_out()
        self.why.clicked.connect(self._tell_why)
        self.checks.clicked.connect(self.open_checks)
        self.again.clicked.connect(self.checkRequested)
        self.train.clicked.connect(self.trainRequested)

    def set_estimate(self, estimate: dict[str, Any] | None, memory_total: int | None) -> None:
        """Show seconds, memory and disk, or dashes while nothing is known."""
        known = estimate is not None
        self._why = estimate.get("why", "") if estimate is not None else ""
        self.seconds.setText(about(estimate["seconds"]) if estimate is not None else "–")
        of = f" of {memory_total / 1e9:.0f}" if memory_total else ""
        self.memory.setText(f"RAM {_gigabytes(estimate['memory_bytes'])}{of}" if estimate is not None else "RAM –")
        self.disk.setText(size(estimate["disk_bytes"]) if estimate is not None else "–")
        self.seconds.set_role("smallm" if known else "small")
        self.why.setVisible(bool(self._why))

    def set_checks(self, rows: list[CheckRow], *, is_checking: bool, waiting_for: str) -> None:
        """Say how the checks went. `waiting_for` is what is still to be chosen, in words."""
        self._rows = rows
        errors, warnings = (sum(row.severity == kind for row in rows) for kind in ("error", "warning"))
        passed = sum(row.severity == "ok" for row in rows)
        icon, token = "check", "truth"
        if waiting_for:
            words, (icon, token) = waiting_for, ("info", "text_3")
        elif errors:
            words, (icon, token) = _number(errors, "problem"), ("alert", "error")
        elif is_checking:
            words, (icon, token) = "Checking…", ("clock", "text_3")
        elif warnings:
            words, (icon, token) = _number(warnings, "warning"), ("alert", "warning")
        else:
            words = f"All {passed} checks passed" if passed else "Not checked yet"
        self.checks.setText(words)
        self.checks.setEnabled(bool(rows))
        self.mark.set_icon(icon, token)

    def set_train(self, reason: str, does: Step = "train") -> None:
        """Say what the button does; with a reason it does nothing."""
        words, icon, meaning = _STEPS[does]
        self.train.setEnabled(not reason)
        self.train.setText(words)
        self.train.set_icon(icon)
        self.train.setToolTip(reason or meaning)
        self.train.setAccessibleDescription(reason or meaning)

    def open_checks(self) -> Popover:
        """Open the list of everything that was checked."""
        popover = self._popover("What was checked")
        for row in self._rows:
            popover.column.addWidget(made := _check(row, popover.inner_width))
            if row.repair:
                self._offer(row, made, popover)
        popover.open_at(self.checks)
        return popover

    def _offer(self, row: CheckRow, made: QWidget, popover: Popover) -> None:
        """Put the button of a repair below its row."""
        button = Button(row.repair, "secondary", size="small")
        button.setObjectName(f"check-{row.problem.action if row.problem else ''}")
        button.clicked.connect(popover.close)
        button.clicked.connect(lambda: self.repairAsked.emit(row.problem))
        popover.column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _tell_why(self) -> None:
        popover = self._popover("Where these numbers come from")
        popover.column.addWidget(fitted(Paragraph(self._why, "small"), popover.inner_width))
        popover.open_at(self.why)

    def _popover(self, title: str) -> Popover:
        popover = Popover(self, title)
        popover.setObjectName("popover")
        popover.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popover.column.addWidget(Heading(title, 3))
        return popover

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().px(6))
        for icon, label, told in (
            ("clock", self.seconds, "Time"),
            ("cpu", self.memory, "Memory"),
            ("disk", self.disk, "Disk"),
        ):
            row.addWidget(Glyph(icon, "text_3", 14, told))
            row.addWidget(label)
            row.addSpacing(theme().px(8))
        row.addWidget(self.why)
        row.addStretch(1)
        row.addWidget(self.checks)
        row.addWidget(self.mark)
        row.addSpacing(theme().px(8))
        row.addWidget(self.again)
        row.addWidget(self.train)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


def _check(row: CheckRow, width: int) -> QWidget:
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme().px(10))
    icon, token = _LOOKS.get(row.severity, ("alert", "error"))
    line.addWidget(Glyph(icon, token, 14, row.severity), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(0)
    room = width - theme().px(24)
    words.addWidget(fitted(Paragraph(row.words, "small", "error" if row.severity == "error" else "1"), room))
    if row.hint:
        words.addWidget(fitted(Paragraph(row.hint, "small", "3"), room))
    line.addLayout(words, 1)
    return made


def _number(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}"


def _gigabytes(bytes_: float) -> str:
    return f"{bytes_ / 1e9:.1f} GB"
