"""The table of models as Qt sees it: rows in the order of a column, those that the filter lets through."""

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from kdstudio.core.measures import task_of
from kdstudio.project.facts import Facts, teachers_of
from kdstudio.ui.panels.run_columns import Column, Value, columns, method_words
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
FACTS = Qt.ItemDataRole.UserRole
_NONE = QModelIndex()
_EPSILON = 1e-12
UNFINISHED = "On validation inputs: this run has not come to its end."


class RunTableModel(QAbstractTableModel):
    """Teachers stand first, whatever the order; among the others what is not known comes last."""

    def __init__(self, title: Callable[[Facts], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.columns: list[Column] = columns("classification", title)
        self._given: list[Facts] = []
        self.shown: list[Facts] = []
        self.teachers = 0  # the first rows
        self._places: dict[str, int] = {}
        self._best: dict[str, float] = {}
        self._filter = ""
        self._order: tuple[str, bool] = ("score", True)  # column, descending

    def set_rows(self, rows: Sequence[Facts]) -> None:
        """Show these models; the teachers of the runs among them are added."""
        self._given = [*teachers_of(rows), *rows]
        tasks = [task_of(row.own) for row in rows if row.own]
        task = max(set(tasks), key=tasks.count) if tasks else "classification"
        self.beginResetModel()
        self.columns = columns(task, self._title)
        self._arrange()
        self.endResetModel()

    def set_filter(self, words: str) -> None:
        """Show the rows that hold all of these words, wherever."""
        if words != self._filter:
            self.beginResetModel()
            self._filter = words
            self._arrange()
            self.endResetModel()

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
        return self._places.get(key, -1)

    def equal_columns(self) -> set[str]:
        """Return the columns that say the same of every run that is listed.

        The method of a run without a teacher says no more than its mark does, so only the others are looked at.
        """
        rows = [row for row in self._given if row.kind != "teacher"]
        taught = [row for row in rows if row.has_teacher and row.kind == "run"]
        equal = set()
        for column in self.columns[1:]:  # the first is the name
            values = {column.value(row) for row in (taught if column.key == "method" else rows)}
            if values <= {None, ""} or (len(values) == 1 and len(rows) > 1):
                equal.add(column.key)
        return equal

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
            return column.words(row)
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
        lines += [[column.words(row).replace("|", "\\|") for column in seen] for row in self.shown]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"

    def _arrange(self) -> None:
        """Filter and order what was given; the columns' best values are those of what is left."""
        words = self._filter.casefold().split()
        rows = [row for row in self._given if self._has(row, words)] if words else self._given
        key, is_descending = self._order
        column = next((one for one in self.columns if one.key == key), self.columns[0])
        teachers = [row for row in rows if row.kind == "teacher"]
        others = [row for row in rows if row.kind != "teacher"]
        keyed = [(column.value(row), row) for row in others]
        known = [(_rank(value), row) for value, row in keyed if value not in (None, "")]
        known.sort(key=lambda pair: pair[0], reverse=is_descending)
        self.shown = [*teachers, *(row for _, row in known), *(row for value, row in keyed if value in (None, ""))]
        self.teachers = len(teachers)
        self._places = {row.key: at for at, row in enumerate(self.shown)}
        self._best = {one.key: best for one in self.columns if (best := _best(one, others)) is not None}

    def _has(self, row: Facts, words: list[str]) -> bool:
        told = (self._title(row), row.student, method_words(row), " ".join(row.notes.tags), row.notes.note, row.state)
        text = " ".join((*told, row.path.name)).casefold()
        return all(word in text for word in words)


def is_unfinished(row: Facts) -> bool:
    """Whether the run's measures are those of its last evaluation on validation inputs."""
    return row.kind == "run" and row.split == "validation" and row.state != "finished"


def tooltip(row: Facts, column: Column) -> str:
    """Return what does not fit into a cell."""
    if column.key == "name":
        parts = [str(row.path), row.notes.note, "" if row.state in ("finished", "") else f"The run is {row.state}."]
        return "\n".join(part for part in parts if part)
    if column.key == "method":
        return method_words(row)
    if not row.split or not column.better:
        return ""
    return UNFINISHED if is_unfinished(row) else f"On {row.split} inputs, at the epoch that was best on validation."


def _rank(value: Value) -> tuple[float | str, ...]:
    """Return by what a value is ordered: numbers by size, words by their letters, and by the numbers in them."""
    if isinstance(value, int | float):
        return (float(value),)
    parts = re.split(r"(\d+)", (value or "").casefold())  # words and numbers in turn
    return tuple(float(part) if at % 2 else part for at, part in enumerate(parts))


def _best(column: Column, rows: Sequence[Facts]) -> float | None:
    if not column.better:
        return None
    values = [float(value) for row in rows if isinstance(value := column.value(row), int | float)]
    if len(values) < 2 or max(values) - min(values) < _EPSILON:
        return None
    return max(values) if column.better == "higher" else min(values)
