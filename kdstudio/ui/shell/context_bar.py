"""The context bar: who is compared, on which inputs, seen through which temperature, at which epoch."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from kdstudio.core.measures import Measure, headline
from kdstudio.ui.panels.run_words import student_label
from kdstudio.ui.shell.epoch_scrubber import EpochScrubber
from kdstudio.ui.shell.lens import Lens
from kdstudio.ui.teachers import label
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Divider, Glyph
from kdstudio.ui.widgets.chips import DataChip, ModelChip
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.workspace import Workspace

SMALL = 1150  # pixels below which the bar uses short words
WIDEST = 172  # pixels that a chip keeps


class ContextBar(QWidget):
    """Four chips, the lens, the epoch. Everything on the page below is about what stands here."""

    replaceRequested = Signal(str)  # role

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("contextBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Context")
        self._workspace, self._is_small = workspace, False
        self.teacher, self.student = ModelChip("teacher"), ModelChip("student")
        self.baseline, self.data = ModelChip("baseline"), DataChip()
        self.lens, self.epochs = Lens(workspace.view), EpochScrubber(workspace)
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Read everything again."""
        workspace, view = self._workspace, self._workspace.view
        recipe = workspace.recipe
        teachers = [one.model_dump() for one in recipe.teachers] if recipe is not None else []
        self._show(self.teacher, label(teachers), "no teacher yet")
        self._show(self.student, student_label(recipe.student) if recipe is not None else "", "no student yet")
        alone = "none" if self._is_small else "no teacher"
        self._show(self.baseline, alone if recipe is not None and recipe.baseline else "", "none")
        part = workspace.inputs.part(view.split)
        self.data.set_model(view.split, self._amount(len(part)) if part is not None else "")
        for chip in (self.student, self.baseline, self.data):  # where room is short the teacher's name is elided first
            chip.setMinimumWidth(min(chip.sizeHint().width(), theme().px(WIDEST)))
        is_soft = workspace.run.task != "regression"
        self.lens.setEnabled(is_soft)
        self.lens.setToolTip("" if is_soft else "Numbers have no temperature: there is nothing to soften.")
        self.epochs.refresh()

    def _amount(self, number: int) -> str:
        return f"{number / 1000:.0f}k" if self._is_small and number >= 1000 else count(number)

    def _show(self, chip: ModelChip, name: str, absent: str) -> None:
        if not name:
            chip.set_absent(absent)
            return
        view = self._workspace.view
        run = self._workspace.run
        value = run.score(chip.identity, view.split, view.epoch)
        chip.set_model(name, self._score(headline(run.task), value) if value is not None else "")

    def _score(self, measure: Measure, value: float) -> str:
        is_brief = self._is_small and measure.form == "fraction"
        return f"{measure.short} {value:.2f}" if is_brief else measure.told(value)

    def _lay_out(self) -> None:
        px = theme().px
        self.setFixedHeight(px(60))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(8), 0)
        row.setSpacing(px(8))
        row.addWidget(self.teacher)
        row.addWidget(Glyph("arrow-right", "text_3", 14, "teaches"))
        for chip in (self.student, self.baseline, self.data):
            row.addWidget(chip)
        row.addStretch(1)
        row.addWidget(self.lens)
        divider = Divider(vertical=True)
        divider.setFixedHeight(px(26))
        row.addWidget(divider)
        row.addWidget(self.epochs)

    def _connect(self) -> None:
        workspace, view = self._workspace, self._workspace.view
        for signal in (
            workspace.run.changed, workspace.run.stateChanged, view.epochChanged, view.splitChanged,
            workspace.inputs.opened, workspace.draft.changed,
        ):  # fmt: skip
            signal.connect(self.refresh)
        workspace.run.eventsArrived.connect(self._take)
        for chip, role in ((self.teacher, "teacher"), (self.student, "student"), (self.data, "data")):
            chip.clicked.connect(lambda _=False, chip=chip, role=role: self._open_menu(chip, role))
        self.baseline.clicked.connect(lambda: self._open_menu(self.baseline, "baseline"))

    def _take(self, arrived: list[object]) -> None:
        if any(getattr(event, "event", "") in ("evaluated", "finished") for event in arrived):
            self.refresh()

    def menu(self, role: str) -> QMenu:
        """Return a chip's menu."""
        menu, workspace = QMenu(self), self._workspace
        if role == "data":
            self._add_splits(menu)
        if role == "baseline":
            is_on = workspace.recipe is not None and workspace.recipe.baseline
            menu.addAction("The same student, trained without a teacher").setEnabled(False)
            again = menu.addAction("Train a baseline", lambda: workspace.retry(baseline=True))
            again.setEnabled(not is_on and not workspace.run.is_live and workspace.run.recipe is not None)
        else:
            path = self._path(role)
            menu.addAction("Show file", _revealing(path)).setEnabled(bool(path))
            replace = menu.addAction("Replace…", lambda: self.replaceRequested.emit(role))
            replace.setEnabled(not workspace.run.is_live)
        if role in ("teacher", "student"):
            menu.addAction("Swap teacher and student", workspace.draft.swap).setEnabled(workspace.draft.can_swap())
        menu.addAction("Go to Setup", lambda: workspace.go_to("setup"))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _add_splits(self, menu: QMenu) -> None:
        view, summary = self._workspace.view, self._workspace.run.summary
        for split in ("validation", "test"):
            action = menu.addAction(split.capitalize(), partial(view.set_split, split))
            action.setCheckable(True)
            action.setChecked(view.split == split)
            action.setEnabled(split == "validation" or summary is not None)
            if not action.isEnabled():
                action.setText("Test  (after the run is finished)")
        menu.addSeparator()

    def _open_menu(self, chip: QWidget, role: str) -> None:
        self.menu(role).popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def _path(self, role: str) -> str:
        recipe = self._workspace.recipe
        if recipe is None:
            return ""
        if role == "teacher":
            return recipe.teachers[0].path if recipe.teachers else ""
        return (recipe.student.path or "") if role == "student" else recipe.data.path

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use short words where there is little room."""
        super().resizeEvent(event)
        is_small = self.width() < theme().px(SMALL)
        if is_small != self._is_small:
            self._is_small = is_small
            self.lens.set_compact(is_small)
            self.epochs.set_compact(is_small)
            self.refresh()


def _revealing(path: str) -> Callable[[], None]:
    def reveal() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))

    return reveal
