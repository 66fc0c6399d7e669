"""Watches what is chosen on Compare and compares two models, or one with its twin without a teacher."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kdstudio.core.errors import KdStudioError
from kdstudio.project.facts import Facts
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.run_against import RunAgainst
from kdstudio.ui.panels.compare.run_charts import RunCharts
from kdstudio.ui.panels.compare.versus import Versus, versus
from kdstudio.ui.workspace import Workspace


class RunPair(QWidget):
    """Hidden where there is nothing to compare; the work is done in the analysis thread."""

    def __init__(self, workspace: Workspace, models: ComparedModels, charts: RunCharts) -> None:
        super().__init__()
        self.setAccessibleName("Comparison")
        self._analyses, self._models, self._charts = workspace.analyses, models, charts
        self._asked: tuple[str, ...] = ()
        self.card = RunAgainst()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card)
        self.hide()
        models.focusChanged.connect(self.follow)
        models.changed.connect(self.follow)

    def follow(self) -> None:
        """Compare what is chosen now, unless that is what was compared last."""
        rows = [row for key in self._models.selected if (row := self._models.row(key)) is not None]
        two = rows[-2:] if len(rows) == 2 else rows if len(rows) == 1 and _has_twin(rows[0]) else []
        asked = tuple(f"{row.key} {row.state}" for row in two)
        if asked == self._asked:
            return
        self._asked = asked
        self._analyses.drop("compare pair")
        if not two:
            self.hide()
            self._charts.show_versus(None, ("", ""), 1.0, None)
            return
        first, second = two[0], two[1] if len(two) > 1 else None
        names = (
            self._models.title(first),
            self._models.title(second) if second is not None else "its baseline",
        )
        temperature = first.temperature or 4.0
        run = next((row.path for row in two if row.kind == "run"), None)

        def work() -> Versus | str:
            try:
                return versus(first.path, None if second is None else second.path, temperature)
            except KdStudioError as error:
                return f"{error.message[:1].upper()}{error.message[1:]}. {error.hint}"

        def take(found: Versus | str) -> None:
            if isinstance(found, str):
                self.card.show_refusal(found, names)
                self._charts.show_versus(None, names, temperature, None)
            else:
                self.card.show_versus(found, names)
                self._charts.show_versus(found, names, temperature, run)

        self.card.show_waiting(names)
        self.show()
        self._analyses.submit("compare pair", work, take)


def _has_twin(row: Facts) -> bool:
    return bool(row.baseline) and row.kind == "run"
