"""How fast an exported file answers, by batch size and number of threads."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from kdstudio.recipe.report import Speed
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.layouts import emptied


class SpeedTable(QWidget):
    """A line for each number of threads, a column for each batch size; milliseconds for the whole batch."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("speeds")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().px(14))
        self._grid.setVerticalSpacing(theme().px(5))

    def set_speeds(self, speeds: tuple[Speed, ...]) -> None:
        """Show these, or nothing where there are none."""
        emptied(self._grid)
        self.setVisible(bool(speeds))
        if not speeds:
            return
        threads = list(dict.fromkeys(one.threads for one in speeds))
        batches = list(dict.fromkeys(one.batch for one in speeds))
        self._put("ms, p50 · p95 · p99", 0, 0)
        for at, batch in enumerate(batches, 1):
            self._put(f"batch {batch}", 0, at)
            self._grid.setColumnStretch(at, 1)
        for line, count in enumerate(threads, 1):
            self._put(f"{count} thread{'' if count == 1 else 's'}", line, 0)
        for one in speeds:
            words = " · ".join(_milliseconds(value) for value in (one.p50, one.p95, one.p99))
            self._put(words, threads.index(one.threads) + 1, batches.index(one.batch) + 1, "2")
        told = (f"batch {one.batch} on {one.threads}: {_milliseconds(one.p50)} ms" for one in speeds)
        self.setAccessibleName(f"Median latency by batch and threads: {', '.join(told)}")

    def _put(self, words: str, line: int, column: int, tone: str = "3") -> None:
        label = Label(words, "caption", tone, elide=False)
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        self._grid.addWidget(label, line, column, side)


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"
