"""The methods of a recipe one below the other: added from the chooser, removed, reordered, weighted."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.problems import Catalogue, Entry
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.methods.method_chooser import MethodChooser
from kdstudio.ui.panels.methods.method_row import MethodRow
from kdstudio.ui.panels.methods.reorder import Reorder
from kdstudio.ui.pulls import Pulls
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.labels import Heading, Label


class MethodRows(QWidget):
    """Follows the draft; adding, removing and moving are one step of undo each."""

    helpRequested = Signal(object)  # Entry, None for the methods that are left out
    added = Signal(QWidget)  # the row of a new method
    lookedAt = Signal(int)  # the row that the keyboard or the mouse went to

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("methods")
        self.setAccessibleName("Methods")
        self._draft, self._catalogue = draft, Catalogue()
        self._drawn: list[tuple[str, Entry | None]] = []
        self.rows: list[MethodRow] = []
        self._pulls: Pulls | None = None
        self.chooser: MethodChooser | None = None
        self._reorder = Reorder(self)
        self._reorder.moved.connect(self._put)
        self.add = Button("Add method…", "secondary", "plus", size="small")
        self.add.setObjectName("add-method")
        self.add.clicked.connect(self.open_chooser)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(8))
        head = QHBoxLayout()
        head.setSpacing(theme().px(8))
        head.addWidget(Heading("Methods", 3))
        head.addWidget(Label("the loss is their weighted sum", "small", "3"), 1)
        head.addWidget(self.add)
        self._column.addLayout(head)

    def refresh(self, catalogue: Catalogue) -> None:
        """Show what the draft has; rows are drawn anew only when there are other methods."""
        self._catalogue = catalogue
        names = [choice["method"] for choice in self._draft.value["methods"]]
        wanted = [(name, catalogue.method(name)) for name in names]
        if wanted != self._drawn:
            self._draw(wanted)
        for row in self.rows:
            row.refresh()
        self._show_pulls()

    def settle(self) -> None:
        """Hand on what is being typed."""
        for row in self.rows:
            row.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields."""
        return [fault for row in self.rows for fault in row.faults()]

    def show_pulls(self, pulls: Pulls) -> None:
        """Show beside each method how strong it would be."""
        self._pulls = pulls
        self._show_pulls()

    def _show_pulls(self) -> None:
        pulls = self._pulls
        if pulls is None:
            return
        for row in self.rows:
            share = pulls.shares[row.at] if row.at < len(pulls.shares) else None
            row.pull.show_share(
                share,
                pulls.problem(row.at),
                of_teacher=row.entry is None or row.entry.needs_teacher,
                is_measuring=pulls.is_measuring,
            )

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        row = next((row for row in self.rows if new is not None and row.isAncestorOf(new)), None)
        if row is not None:
            self.lookedAt.emit(row.at)

    def open_chooser(self) -> None:
        """Offer all methods."""
        self.chooser = MethodChooser(self, self._catalogue, self._draft)
        self.chooser.chosen.connect(self._add)
        self.chooser.leftOutRequested.connect(lambda: self.helpRequested.emit(None))
        self.chooser.open_at(self.add)

    def _add(self, name: str) -> None:
        entry = self._catalogue.method(name)
        weight = entry.weight if entry is not None else 1.0
        self._replace([*self._draft.value["methods"], {"method": name, "weight": weight}], "Add method")
        if self.rows:
            self.rows[-1].weight.setFocus(Qt.FocusReason.OtherFocusReason)
            self.added.emit(self.rows[-1])

    def _remove(self, at: int) -> None:
        self.settle()
        methods = self._draft.value["methods"]
        if len(methods) > 1:
            self._replace([*methods[:at], *methods[at + 1 :]], "Remove method")
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _move(self, at: int, by: int) -> None:
        is_by_grip = self.rows[at].grip.hasFocus()
        if 0 <= at + by < len(self.rows):
            self._put(at, at + by)
            row = self.rows[at + by]
            button = row.up if (by < 0 or not row.down.isEnabled()) and row.up.isEnabled() else row.down
            (row.grip if is_by_grip else button).setFocus(Qt.FocusReason.OtherFocusReason)

    def _put(self, at: int, to: int) -> None:
        """Let a method have another place."""
        self.settle()
        methods = list(self._draft.value["methods"])
        methods.insert(to, methods.pop(at))
        self._replace(methods, "Move method")
        self.rows[to].grip.setFocus(Qt.FocusReason.MouseFocusReason)

    def _replace(self, methods: list[dict[str, Any]], words: str) -> None:
        self._draft.replace({**self._draft.value, "methods": methods}, words)

    def _draw(self, wanted: list[tuple[str, Entry | None]]) -> None:
        for old in self.rows:
            old.hide()
            old.setParent(None)
            old.deleteLater()
        self._drawn, self.rows = wanted, []
        for at, (name, entry) in enumerate(wanted):
            row = MethodRow(self._draft, at, name, entry)
            row.moveRequested.connect(lambda by, at=at: self._move(at, by))
            row.removeRequested.connect(lambda at=at: self._remove(at))
            row.pressed.connect(lambda at=at: self.lookedAt.emit(at))
            row.helpRequested.connect(lambda entry=entry: self.helpRequested.emit(entry))
            row.help.setEnabled(entry is not None)
            self._column.addWidget(row)
            self.rows.append(row)
        self._reorder.follow(self.rows, [row.grip for row in self.rows])
