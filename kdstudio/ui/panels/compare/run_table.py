"""The table of models on the page: rows that are chosen, pointed at, sorted; columns that come and go."""

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
)

from kdstudio.project.facts import Facts
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.run_cells import AIR, MARK, STAR, RunCells
from kdstudio.ui.panels.compare.run_columns import Column
from kdstudio.ui.panels.compare.run_listing import Listing
from kdstudio.ui.panels.compare.run_table_model import FACTS, RunTableModel
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import width

ROW, HEAD = 38, 38
LOOKED, MOST = 60, 240  # rows whose words are measured, and how wide a column of words may become


class RunTable(QTableView):
    """Follows and moves the focus of `ComparedModels`. `opened` gives the key of a row that was double-clicked."""

    opened = Signal(str)
    renameAsked = Signal()
    archiveAsked = Signal()
    menuAsked = Signal(object)  # a place on the screen

    def __init__(self, models: ComparedModels) -> None:
        super().__init__()
        self._models, self._follows = models, True
        self.rows = RunTableModel(models.title, self)
        self.hidden: set[str] = set()
        self.has_keyboard = False
        self.ends = (0, 0)  # the first and the last column that are seen
        self._lit = ""  # the row that is drawn as pointed at
        self.setModel(self.rows)
        self.setObjectName("runs")
        self.setAccessibleName("Runs")
        self.setItemDelegate(RunCells(self, self))
        self._dress()
        self.selectionModel().selectionChanged.connect(self._chosen)
        self.rows.modelReset.connect(self._reselect)
        self.entered.connect(lambda index: models.hover(self._key(index)))
        self.doubleClicked.connect(lambda index: self.opened.emit(self._key(index)))
        self.customContextMenuRequested.connect(lambda at: self.menuAsked.emit(self.viewport().mapToGlobal(at)))
        models.focusChanged.connect(self._follow)
        theme().changed.connect(self._resize)

    def set_hidden(self, hidden: set[str]) -> None:
        """Hide these columns."""
        self.hidden = hidden
        for at, column in enumerate(self.rows.columns):
            self.setColumnHidden(at, column.key in hidden)
        self._resize()

    def show_listing(self, shown: Listing) -> None:
        """Show other models."""
        self.rows.set_listing(shown)
        at, order = self.rows.order
        header = self.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(at, order)
        header.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Delete puts away, Enter opens."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_F2:
            self.renameAsked.emit()
        elif key == Qt.Key.Key_Delete:
            self.archiveAsked.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self._key(self.currentIndex()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard brought the focus."""
        self.has_keyboard = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the star turns it; any other chooses the row."""
        index = self.indexAt(event.position().toPoint())
        row = index.data(FACTS) if index.isValid() else None
        if isinstance(row, Facts) and row.kind == "run" and self._is_star(index, event.position().x()):
            self._models.note(row.key, star=not row.notes.star)
            return
        super().mousePressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Point at nothing when the pointer has left."""
        if event.type() == QEvent.Type.Leave:
            self._models.hover("")
        return super().viewportEvent(event)

    def resizeEvent(self, event: object) -> None:
        """Give the columns what room there is."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt's own event
        self._resize()

    def chosen(self) -> tuple[str, ...]:
        """What is selected."""
        return self._models.selected

    def row_rect(self, row: int) -> QRect:
        """Return where a whole row lies in the viewport."""
        return QRect(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row))

    def hovered_key(self) -> str:
        """What is pointed at, here or elsewhere."""
        return self._models.hovered

    def _key(self, index: QModelIndex) -> str:
        row = index.data(FACTS)
        return row.key if isinstance(row, Facts) and row.kind != "teacher" else ""

    def _is_star(self, index: QModelIndex, x: float) -> bool:
        if self.rows.columns[index.column()].key != "name":
            return False
        return (
            self.visualRect(index).left() + theme().px(MARK)
            <= x
            < self.visualRect(index).left() + theme().px(MARK + STAR)
        )

    def _chosen(self, _selected: QItemSelection, _gone: QItemSelection) -> None:
        if not self._follows:
            return
        indexes = self.selectionModel().selectedRows()
        self._models.select(key for index in indexes if (key := self._key(index)))

    def _follow(self) -> None:
        selected = {self._key(index) for index in self.selectionModel().selectedRows()} - {""}
        if selected != set(self._models.selected):
            self._reselect()
            self.viewport().update()
        for key in {self._lit, self._models.hovered} - {""}:
            if (at := self.rows.row_of(key)) >= 0:
                self.viewport().update(self.row_rect(at))
        self._lit = self._models.hovered

    def _reselect(self) -> None:
        """Select what the focus says: after a reset Qt has forgotten it."""
        self._follows = False
        chosen = QItemSelection()
        for key in self._models.selected:
            at = self.rows.row_of(key)
            if at >= 0:
                chosen.select(self.rows.index(at, 0), self.rows.index(at, self.rows.columnCount() - 1))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if self._models.selected and (at := self.rows.row_of(self._models.selected[-1])) >= 0:
            self.selectionModel().setCurrentIndex(self.rows.index(at, 0), flags.NoUpdate)
        self._follows = True

    def _resize(self) -> None:
        """Give every shown column its width, what is left to words that do not fit, and then to all."""
        px, header = theme().px, self.horizontalHeader()
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        header.setFixedHeight(px(HEAD))
        shown = [(at, one) for at, one in enumerate(self.rows.columns) if one.key not in self.hidden]
        wide = {at: max(px(one.width), round(width(f"{one.title} ▾", "small")) + px(AIR)) for at, one in shown}
        first = next((at for at, one in shown if one.key == "name"), None)
        if first is not None:
            wide[first] += px(MARK + STAR) - px(AIR)
        spare = self.viewport().width() - sum(wide.values())
        for at, one in shown:
            if spare > 0 and not one.is_number:
                around = px(MARK + STAR) + px(AIR) // 2 if at == first else px(AIR)
                more = min(spare, max(0, self._needed(one) + around - wide[at]))
                wide[at], spare = wide[at] + more, spare - more
        if spare > 0 and shown:
            for at in wide:
                wide[at] += spare // len(wide)
        for at, pixels in wide.items():
            header.resizeSection(at, pixels)
        order = sorted(wide, key=header.visualIndex)
        self.ends = (order[0], order[-1]) if order else (0, 0)

    def _needed(self, column: Column) -> int:
        """Return how wide the words of the first rows are, up to what a name may take."""
        role = "bodym" if column.key == "name" else "body"
        seen = (width(column.words(row), role) for row in self.rows.shown[:LOOKED])
        return min(theme().px(MOST), round(max(seen, default=0)))

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(theme().px(32))
        header.setSortIndicatorClearable(False)
        header.setAccessibleName("Columns")
        at, order = self.rows.order
        header.setSortIndicator(at, order)
        self.setSortingEnabled(True)
        self._resize()
