"""Exporting from the window: what was asked, and what came out."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Progress
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.exported import newest
from kdstudio.recipe.report import ExportReport
from kdstudio.ui.engine_client import EngineClient
from kdstudio.ui.notices import Notices


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What to write, and where: see `kdstudio.export.export.export`."""

    to: Path
    formats: tuple[str, ...]
    checkpoint: str = "best"
    probabilities: bool = False
    zipped: bool = False
    shifted: bool = False


class Exports(QObject):
    """The last export of this session."""

    changed = Signal()
    progressed = Signal(object)  # Progress

    def __init__(self, engine: EngineClient, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._notices = engine, notices
        self._ask = 0
        self.run: Path | None = None
        self.folder: Path | None = None
        self.is_busy = False
        self.reports: tuple[ExportReport, ...] = ()
        self.problem: Problem | None = None
        engine.eventsArrived.connect(self._take_events)

    def export(self, run: Path, order: ExportOrder) -> None:
        """Export a run's student in all its formats; `reports` or `problem` has the outcome."""
        if self.is_busy:
            return
        self.run, self.folder, self.is_busy, self.reports, self.problem = run, order.to, True, (), None
        self.changed.emit()
        asked = asdict(order) | {"run": str(run), "to": str(order.to), "formats": list(order.formats)}
        self._ask = self._engine.ask("export", self._answered, self._failed, **asked)

    def recall(self, run: Path) -> None:
        """Show what the run's newest export gave, where it was made before and is still there."""
        if self.is_busy or self.run == run:
            return
        self.run, self.problem = run, None
        self.reports = newest(RunFolder(run))
        self.folder = self.reports[0].folder if self.reports else None

    def _take_events(self, ask: int, arrived: list[Event]) -> None:
        for event in arrived:
            if ask == self._ask and isinstance(event, Progress):
                self.progressed.emit(event)

    def _answered(self, value: dict[str, Any]) -> None:
        self.is_busy = False
        self.reports = tuple(ExportReport.model_validate(report) for report in value["files"])
        for report in self.reports:
            for problem in report.problems:
                self._notices.tell(problem)
        self.changed.emit()

    def _failed(self, problems: list[Problem], details: str) -> None:
        self.is_busy, self.problem = False, problems[0]
        self._notices.tell(problems[0], details)
        self.changed.emit()
