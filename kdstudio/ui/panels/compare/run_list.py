"""The card with the table of models: how many there are, the filter, which columns are seen, taking the table out."""

from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QVBoxLayout

from kdstudio.core.files import write_bytes
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.run_listing import Listing
from kdstudio.ui.panels.compare.run_table import RunTable
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import apply_role, theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card
from kdstudio.ui.widgets.painting import count

_EQUAL = "equal columns are hidden"


class RunList(Card):
    """`below` takes what stands under the table."""

    failed = Signal(str)

    def __init__(self, models: ComparedModels, settings: Settings) -> None:
        super().__init__("Runs", margins=(16, 12, 16, 12))
        self._models, self._settings = models, settings
        self._is_narrow = False
        self.table = RunTable(models)
        self.filter = QLineEdit()
        self.columns = Button("Columns", "ghost", "table", size="small")
        self.export = Button("Export table", "ghost", "export", size="small")
        self.below = QVBoxLayout()
        self._lay_out()
        self.filter.textChanged.connect(self._filter)
        self.columns.clicked.connect(lambda: self._open(self.columns_menu(), self.columns))
        self.export.clicked.connect(lambda: self._open(self.export_menu(), self.export))
        self.table.horizontalHeader().sectionMoved.connect(lambda *_: self._keep_order())

    def show_listing(self, shown: Listing) -> None:
        """Show other models."""
        self.table.show_listing(shown)
        self._arrange()
        self._tell()

    def set_narrow(self, narrow: bool) -> None:
        """Leave out the columns that matter least."""
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self._arrange()

    def columns_menu(self) -> QMenu:
        """Return a fresh menu: every column on or off, to the front, and whether equal ones are hidden."""
        menu, chosen = QMenu(self), self._settings["compare_columns"]
        equal = menu.addAction("Hide columns that are equal")
        equal.setCheckable(True)
        equal.setChecked(self._settings["compare_hides_equal"])
        equal.toggled.connect(lambda on: self._set(compare_hides_equal=on))
        menu.addSeparator()
        for column in self.table.rows.columns:
            if column.key == "name":
                continue
            action = menu.addAction(column.title)
            action.setToolTip(column.help)
            action.setCheckable(True)
            action.setChecked(column.key not in self.table.hidden)
            action.toggled.connect(lambda on, key=column.key: self._set(compare_columns={**chosen, key: on}))
        menu.addSeparator()
        menu.addMenu(self._pins(menu))
        menu.addAction(
            "As at first", lambda: self._set(compare_columns={}, compare_pinned=(), compare_hides_equal=True)
        )
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def export_menu(self) -> QMenu:
        """Return a fresh menu: the table as Markdown or CSV."""
        menu = QMenu(self)
        menu.addAction("Copy as Markdown", self.copy_markdown)
        menu.addAction("Save CSV…", self._ask_csv)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def copy_markdown(self) -> None:
        """Put the rows and columns that are seen on the clipboard."""
        QGuiApplication.clipboard().setText(self.table.rows.as_markdown(self.table.hidden))

    def save_csv(self, path: str) -> None:
        """Write all columns of the rows that are shown."""
        try:
            write_bytes(Path(path), self.table.rows.as_csv().encode())
        except OSError as error:
            self.failed.emit(f"Cannot write {path}: {error.strerror or error}")

    def _pins(self, parent: QMenu) -> QMenu:
        pinned = self._settings["compare_pinned"]
        menu = QMenu("Pin to the left", parent)
        for column in self.table.rows.columns:
            if column.key == "name" or column.key in self.table.hidden:
                continue
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.key in pinned)
            others = tuple(key for key in pinned if key != column.key)
            action.toggled.connect(
                lambda on, key=column.key, others=others: self._set(compare_pinned=(*others, *((key,) if on else ())))
            )
        return menu

    def _set(self, **changes: object) -> None:
        self._settings.change(**changes)
        self._arrange()
        self._tell()

    def _arrange(self) -> None:
        """Hide and order the columns as was chosen; what was not chosen goes where it says nothing."""
        rows, chosen = self.table.rows, self._settings["compare_columns"]
        equal = rows.equal_columns if self._settings["compare_hides_equal"] else frozenset()
        left_out = {column.key for column in rows.columns if column.narrow} if self._is_narrow else _SPARE
        automatic = equal | left_out
        self.table.set_hidden(
            {c.key for c in rows.columns if not chosen.get(c.key, c.key not in automatic) and c.key != "name"}
        )
        header = self.table.horizontalHeader()
        header.blockSignals(True)
        order = ["name", *self._settings["compare_pinned"]]
        order += [key for key in (*self._settings["compare_order"], *(c.key for c in rows.columns)) if key not in order]
        keys = [column.key for column in rows.columns]
        for place, key in enumerate(key for key in dict.fromkeys(order) if key in keys):
            header.moveSection(header.visualIndex(keys.index(key)), place)
        header.blockSignals(False)
        self.table.viewport().update()

    def _keep_order(self) -> None:
        header, columns = self.table.horizontalHeader(), self.table.rows.columns
        order = sorted(range(len(columns)), key=header.visualIndex)
        self._settings.change(compare_order=tuple(columns[at].key for at in order))

    def _filter(self, words: str) -> None:
        self.table.rows.set_filter(words)
        self._tell()

    def _tell(self) -> None:
        all_of_them = self._models.count
        shown = len(self.table.rows.shown) - self.table.rows.teachers
        runs = "run" if all_of_them == 1 else "runs"
        of_all = "" if shown == all_of_them else f" of {count(all_of_them)}"
        self.title.setText(f"{count(shown)}{of_all} {runs}")
        parts = ["choose by validation, report the test"] if all_of_them > 1 else []
        parts += [_EQUAL] if self._settings["compare_hides_equal"] and all_of_them > 1 else []
        parts += ["* on validation, not finished"] if self.table.rows.has_unfinished else []
        self.caption.setText(" · ".join(parts))

    def _open(self, menu: QMenu, button: Button) -> None:
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _ask_csv(self) -> None:
        dialog = QFileDialog(self.window(), "Save table")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("runs.csv")
        dialog.fileSelected.connect(self.save_csv)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _lay_out(self) -> None:
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter the runs")
        self.filter.setToolTip("Shows the runs that hold all these words: name, student, method, tags, note, state.")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAcceptDrops(False)
        self.filter.setProperty("compact", "true")
        self.filter.setProperty("role", "small")
        apply_role(self.filter)
        self.filter.setFixedWidth(theme().px(130))
        for widget in (self.filter, self.columns, self.export):
            self.add_action(widget)
        self.add(self.table, 1)
        self.add(self.below)


_SPARE = {"macs", "bytes", "latency_ms", "delta", "seconds", "started"}  # what the others say as well, or the charts
