"""The table of models as Qt sees it: rows in the order of a column, those that the filter lets through."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdstudio.project.facts import Facts
from kdstudio.ui.panels.compare.run_columns import Column, method_words
from kdstudio.ui.panels.compare.run_listing import Listing, is_unfinished, listing
from kdstudio.ui.run_queue import ordinal
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
FACTS = Qt.ItemDataRole.UserRole
_NONE = QModelIndex()
_STATES = {"": "", "finished": "", "queued": "The run waits in the queue."}
UNFINISHED = "On validation inputs: this run has not come to its end."


class RunTableModel(QAbstractTableModel):
    """Shows a `Listing` as it is sorted and filtered."""

    def __init__(self, title: Callable[[Facts], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listing = listing([], title)
        self._places = np.zeros(0, dtype=np.int64)
        self._best: dict[str, float] = {}
        self._filter = ""
        self._order: tuple[str, bool] = ("rank", True)  # column, descending
        self._rows_by_key: dict[str, int] | None = None
        self.shown: list[Facts] = []
        self.teachers = 0  # the first rows

    def set_listing(self, shown: Listing) -> None:
        """Show these models."""
        self.beginResetModel()
        self._listing = shown
        self._arrange()
        self.endResetModel()

    def set_filter(self, words: str) -> None:
        """Show the rows that hold all of these words, wherever."""
        if words != self._filter:
            self.beginResetModel()
            self._filter = words
            self._arrange()
            self.endResetModel()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, hidden ones too."""
        return self._listing.columns

    @property
    def has_unfinished(self) -> bool:
        """Whether some runs have not come to their end."""
        return self._listing.has_unfinished

    @property
    def equal_columns(self) -> frozenset[str]:
        """The columns that say the same of every run that is listed."""
        return self._listing.equal

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in the order of a column."""
        wanted = (self.columns[column].key, order == Qt.SortOrder.DescendingOrder)
        if wanted != self._order:
            self.beginResetModel()
            self._order = wanted
            self._arrange()
            self.endResetModel()

    @property
    def order(self) -> tuple[int, Qt.SortOrder]:
        """By which column the rows are ordered, and how."""
        key, is_descending = self._order
        at = next((i for i, column in enumerate(self.columns) if column.key == key), 0)
        return at, Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder

    def row_of(self, key: str) -> int:
        """Return where a model stands, −1 where it is not shown."""
        if self._rows_by_key is None:
            self._rows_by_key = {row.key: at for at, row in enumerate(self.shown)}
        return self._rows_by_key.get(key, -1)

    def words(self, row: Facts, column: Column) -> str:
        """Return what a cell says: a run that waits has its place in the queue where others have their score."""
        place = self._listing.queue.get(row.key) if column.key == "rank" else None
        return column.words(row) if place is None else f"{ordinal(place)} in queue"

    def is_best(self, column: Column, row: Facts) -> bool:
        """Whether a run has the best value of its column, among several that differ."""
        best, value = self._best.get(column.key), column.value(row)
        return best is not None and row.kind != "teacher" and isinstance(value, float | int) and value == best

    def rowCount(self, parent: Index = _NONE) -> int:
        """How many rows are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = _NONE) -> int:
        """How many columns there are, hidden ones too."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, tooltip, alignment and the facts behind them."""
        row, column = self.shown[index.row()], self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.words(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row, column)
        if role == FACTS:
            return row
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Titles and what they mean."""
        if side != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            key, is_descending = self._order
            return f"{column.title} {'▾' if is_descending else '▴'}" if column.key == key else column.title
        if role == Qt.ItemDataRole.FontRole:
            return theme().font("small")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.is_number else LEFT
        return column.help if role == Qt.ItemDataRole.ToolTipRole else None

    def as_csv(self) -> str:
        """The rows as they are shown, with all columns; numbers unrounded."""
        import csv
        import io

        file = io.StringIO()
        table = csv.writer(file, lineterminator="\n")
        table.writerow([column.title for column in self.columns])
        for row in self.shown:
            table.writerow(["" if (value := column.value(row)) is None else value for column in self.columns])
        return file.getvalue()

    def as_markdown(self, hidden: set[str]) -> str:
        """The rows and columns as they are seen, as a Markdown table."""
        seen = [column for column in self.columns if column.key not in hidden]
        lines = [[column.title for column in seen], ["---:" if column.is_number else "---" for column in seen]]
        lines += [[self.words(row, column).replace("|", "\\|") for column in seen] for row in self.shown]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"

    def _arrange(self) -> None:
        column, is_descending = self._order
        self._places = self._listing.places(self._filter, column, is_descending=is_descending)
        self._best = self._listing.best(self._places)
        self.shown = [self._listing.rows[at] for at in self._places.tolist()]
        self.teachers = int((self._places < self._listing.teachers).sum())
        self._rows_by_key = None


def tooltip(row: Facts, column: Column) -> str:
    """Return what does not fit into a cell."""
    if column.key == "name":
        parts = [str(row.path), row.notes.note, _STATES.get(row.state, f"The run is {row.state}.")]
        return "\n".join(part for part in parts if part)
    if row.state == "queued" and column.key == "rank":
        return "Waits in the queue; the Train page shows who is next."
    if column.key == "method":
        return method_words(row)
    if column.key == "latency_ms":
        note = row.own.get("latency_note")
        return f"Median when the run ended; {note}." if note else "It was not measured."
    if column.key == "score" and row.tested is not None:
        return f"On {row.split or 'its'} inputs, with the weights that were best on validation. {column.help}"
    if not row.split or not column.better:
        return ""
    split = row.split if row.kind == "answers" else "validation"
    return UNFINISHED if is_unfinished(row) else f"On {split} inputs, at the epoch that was best on validation."
