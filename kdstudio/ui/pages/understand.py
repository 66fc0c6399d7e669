"""The Understand page: what came over from the teacher, and the inputs behind every number."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.ui.panels.understand.explained import EXPLAINED
from kdstudio.ui.panels.understand.exploration import Exploration, empty_words
from kdstudio.ui.panels.understand.filter_field import FilterField
from kdstudio.ui.panels.understand.filtering import Filtering
from kdstudio.ui.panels.understand.input_inspector import WIDTH, InputInspector
from kdstudio.ui.panels.understand.inspection import Inspection
from kdstudio.ui.panels.understand.sample_pictures import SamplePictures
from kdstudio.ui.panels.understand.slices import Slices
from kdstudio.ui.panels.understand.slicing import Slicing
from kdstudio.ui.panels.understand.tab_line import TabLine
from kdstudio.ui.panels.understand.transfer_numbers import sparklines
from kdstudio.ui.panels.understand.transfer_tiles import TransferTiles
from kdstudio.ui.panels.understand.walk import Walk
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.tabs.tab_table import TABS
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Note
from kdstudio.ui.widgets.messages import EmptyState
from kdstudio.ui.workspace import Workspace

COMPACT = 1121  # pixels: a narrower page has the inspector over it


class UnderstandPage(QWidget):
    """Everything follows the view: split, epoch, lens, selection and the current input."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("understand")
        self.setAccessibleName("Understand")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._workspace = workspace
        self._walk = Walk()
        self._is_open = False  # the inspector, where it lies over the page
        self.exploration = Exploration(workspace, self)
        self.slices = Slices(workspace, self)
        self.filtering = Filtering(workspace, self.exploration, self.slices, self)
        self.pictures = SamplePictures(self.exploration.face)
        self._make()
        self._connect()
        self._pictures_changed()
        self._seen_changed()

    def _make(self) -> None:
        px = theme().px
        self.tiles, self.filter = TransferTiles(), FilterField(self.filtering, self._workspace.view, self)
        self.line = TabLine([(kind.key, kind.title) for kind in TABS], self.filter)
        self.slicing = Slicing(self._workspace, self.exploration, self.slices, self, self.line.slices)
        self.pin_selection = self.slicing.pin
        self.note = Note("Train a baseline to know what came from the teacher.", "info")
        self.note.setObjectName("noBaseline")
        self.extent = Note("–", "info")
        self.extent.setObjectName("extent")
        self.tabs = {kind.key: kind(self._workspace, self.exploration, self.pictures) for kind in TABS}
        self.pages = QStackedWidget()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(10))
        for widget in (self.tiles, self.line, self.note, self.extent):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)
        self.empty = EmptyState("–", "–", "understand")
        self.empty.setObjectName("nothingYet")
        self.stack = QStackedWidget(self)
        for stack, pages in ((self.stack, (self.empty, body)), (self.pages, self.tabs.values())):
            for page in pages:
                stack.addWidget(page)
        self.inspector = InputInspector()
        self.inspector.setParent(self)
        self.inspection = Inspection(self._workspace, self.exploration, self.inspector)
        self.tiles.set_active(self.tab.tile)

    def _connect(self) -> None:
        view, explored = self._workspace.view, self.exploration
        explored.seenChanged.connect(self._seen_changed)
        explored.numbersChanged.connect(self.tiles.set_numbers)
        view.lensChanged.connect(lambda lens: self.tab.set_lens(lens, is_beside=self.inspector.isVisible()))
        view.selectionChanged.connect(self._selection_changed)
        view.currentChanged.connect(self._current_changed)
        self._workspace.inputs.opened.connect(self._pictures_changed)
        self.tiles.chosen.connect(self.explain)
        self.line.tabs.chosen.connect(self.open_tab)
        self.line.cleared.connect(view.clear)
        self.line.inspectorAsked.connect(self.toggle_inspector)
        self.line.slicesAsked.connect(self.list_slices)
        for tab in self.tabs.values():
            tab.arranged.connect(self._find_walk)
            tab.asked.connect(self.explain)
            tab.sliced.connect(self.save_slice)
            tab.pinned.connect(self.pin_selection)
            tab.exported.connect(lambda: self.slicing.export_selection(self.tab.rows()))
            tab.widened.connect(self.widen)
        self.empty.acted.connect(self._leave)
        self.inspector.stepped.connect(self.step)
        self.inspector.closed.connect(self.toggle_inspector)
        self.inspector.picture.playFailed.connect(lambda words: self._workspace.notices.tell(Problem(message=words)))
        self.inspector.scale.chosen.connect(lambda scale: self.tabs["input"].set_log(scale == "log"))

    # what the window and the keys do

    @property
    def tab(self) -> Tab:
        """The open tab."""
        return self.tabs[self.line.tabs.value()]

    def open_tab(self, key: str) -> None:
        """Show a tab by its key."""
        self.line.open(key)
        self.pages.setCurrentWidget(self.tab)
        self._mark_tile()
        if self.exploration.seen is not None:
            self.tab.set_selection(self._workspace.view.selection)
        self.tab.refresh()
        self._current_changed()
        self._find_walk()

    def explain(self, metric: str) -> None:
        """Show what lies behind a number of the transfer strip."""
        tab, order = EXPLAINED[metric]
        self.open_tab(tab)
        self.tiles.set_active(metric)
        if order:
            self._workspace.view.clear()
            self.tab.sort_by(order)
        elif metric == "inherited" and self.exploration.outcome != "inherited":
            self.exploration.choose_outcome("inherited")

    def step(self, by: int) -> None:
        """Show the next or the previous input of those that are shown."""
        row = self._walk.step(self._workspace.view.current, by)
        if row is not None:
            self._workspace.view.show(row)

    def next_disagreement(self) -> None:
        """Show the next input on which the two differ."""
        self.exploration.show_next("disagreement")

    def next_inherited(self) -> None:
        """Show the next mistake of the teacher that the student repeats."""
        self.exploration.show_next("inherited")

    def next_blind_spot(self) -> None:
        """Show the next mistake that both are sure of."""
        self.exploration.show_next("blind spot")

    def focus_filter(self) -> None:
        """Put the keyboard into the filter."""
        self.filter.focus()

    def widen(self) -> None:
        """Take away the last word of the filter, or else what was selected."""
        if self.filter.text():
            self.filter.clear_last()
        else:
            self._workspace.view.choose_all()

    def save_slice(self) -> None:
        """Ask for a name for the selection."""
        self.slicing.save()

    def list_slices(self) -> None:
        """Show the saved selections."""
        self.slicing.list_all()

    def toggle_inspector(self) -> None:
        """Open the inspector over a narrow page, or close it."""
        self._is_open = not self._is_open
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """← → walk, D, I, B look for inputs, S saves the selection; F4 is the inspector, Escape goes back.

        A text field that has the focus takes its letters before they come here.
        """
        actions: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Left: lambda: self.step(-1),
            Qt.Key.Key_Right: lambda: self.step(1),
            Qt.Key.Key_D: self.next_disagreement,
            Qt.Key.Key_I: self.next_inherited,
            Qt.Key.Key_B: self.next_blind_spot,
            Qt.Key.Key_S: self.save_slice,
            Qt.Key.Key_F4: self.toggle_inspector,
            Qt.Key.Key_Escape: self._escape,
        }
        action = actions.get(event.key())
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_off = event.text().isalpha() and not self._workspace.settings["single_keys"]
        if action is None or held or is_off or self.exploration.seen is None:
            super().keyPressEvent(event)
        else:
            action()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the page was hidden."""
        super().showEvent(event)
        self.exploration.set_active(True)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self.exploration.set_active(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place page and inspector."""
        super().resizeEvent(event)
        self._arrange()

    # following

    def _arrange(self) -> None:
        compact, wide = self.width() < theme().px(COMPACT), theme().px(WIDTH)
        has_answers = self.exploration.seen is not None
        beside = has_answers and not compact
        self.stack.setGeometry(0, 0, self.width() - (wide if beside else 0), self.height())
        self.inspector.setGeometry(self.width() - wide, 0, wide, self.height())
        self.inspector.setVisible(beside or (has_answers and self._is_open))
        self.inspector.set_closable(compact)
        self.inspector.raise_()
        self.tiles.set_compact(compact)
        self.line.set_compact(compact)
        for tab in self.tabs.values():
            tab.set_compact(compact)

    def _seen_changed(self) -> None:
        seen = self.exploration.seen
        self.stack.setCurrentIndex(0 if seen is None else 1)
        self._arrange()
        if seen is None:
            self.pictures.clear()
            self.tiles.set_numbers(None)
            self.empty.set_words(*empty_words(self._workspace.run, self.exploration.is_looking))
            return
        self.note.setVisible(seen.teacher is not None and seen.baseline is None)
        self.extent.setVisible(seen.is_sample)
        self.extent.set_words(f"All numbers are {seen.extent}. The exact ones follow.")
        self.tiles.set_task(seen.task)
        self.tiles.set_lines(sparklines(self._workspace.run.history))
        for tab in self.tabs.values():
            tab.set_seen(seen)
        self.line.offer([(one.key, one.title) for one in self.tabs.values() if one.is_offered()])
        self.pages.setCurrentWidget(self.tab)
        self._mark_tile()
        self.tab.refresh()
        self._selection_changed()
        self._current_changed()

    def _selection_changed(self) -> None:
        selection = self._workspace.view.selection
        self.line.set_selection(selection)
        if self.exploration.seen is not None:
            self.tab.set_selection(selection)
            self._find_walk()

    def _mark_tile(self) -> None:
        seen = self.exploration.seen
        self.tiles.set_active("difference" if seen is not None and seen.task == "regression" else self.tab.tile)

    def _find_walk(self) -> None:
        self._walk = Walk(self.tab.rows())
        self.inspector.set_place(self._walk.words(self._workspace.view.current))

    def _current_changed(self) -> None:
        seen, row = self.exploration.seen, self._workspace.view.current
        self.inspector.set_place(self._walk.words(row))
        if seen is None or row is None or not self.exploration.is_active:
            return
        self.tab.set_current(row)

    def _pictures_changed(self) -> None:
        kind = self._workspace.inputs.kind
        self.pictures.clear()
        self.pictures.is_read = kind in ("text", "table")
        self.inspector.set_kind(kind)
        self._current_changed()
        for tab in self.tabs.values():
            tab.refresh_pictures()

    def _escape(self) -> None:
        if self.inspection.is_own:
            self.inspection.show_current()
        elif self._is_open and self.line.inspector.isVisibleTo(self):
            self.toggle_inspector()
        else:
            self.filter.clear()
            self._workspace.view.clear()

    def _leave(self) -> None:
        self._workspace.go_to("setup" if self._workspace.run.folder is None else "train")
