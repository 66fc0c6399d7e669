"""What a person does with selections: pin one as probes, save it as a slice; list, rename, export, delete slices."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from kdstudio.core.rows import Rows
from kdstudio.project.slices import Slice
from kdstudio.recipe.recipe import PROBES
from kdstudio.ui.draft_value import pinned_too
from kdstudio.ui.panels.understand.exploration import Exploration
from kdstudio.ui.panels.understand.slice_list import SliceList
from kdstudio.ui.panels.understand.slice_name import SliceName
from kdstudio.ui.panels.understand.slices import Slices
from kdstudio.ui.widgets.painting import count
from kdstudio.ui.widgets.toasts import ToastStack
from kdstudio.ui.workspace import Workspace

UNDO_SECONDS = 12


class Slicing(QObject):
    """Opens what asks, below the button that lists the slices, and says what was done."""

    def __init__(
        self, workspace: Workspace, exploration: Exploration, slices: Slices, page: QWidget, at: QWidget
    ) -> None:
        super().__init__(page)
        self._workspace, self._exploration, self._slices = workspace, exploration, slices
        self._page, self._at = page, at
        self.toasts = ToastStack(page)

    @property
    def can_save(self) -> bool:
        """Whether there is a selection to save."""
        return bool(self._workspace.view.selection.rows)

    def save(self) -> SliceName | None:
        """Ask for a name of the selection; None where nothing is selected."""
        selection = self._workspace.view.selection
        if not self.can_save:
            self.toasts.show_message("Nothing is selected: select inputs or type a filter first.")
            return None
        words = " ".join(filter(None, (selection.words.removeprefix("Slice: "), selection.filter)))
        title = f"Save {_inputs(len(selection.rows))} as slice"

        def keep(name: str) -> None:
            if self._slices.save(name, selection.rows):
                self.toasts.show_message(f"Saved “{name}”, {_inputs(len(selection.rows))}.", "ok")

        return self._ask(title, words, None, keep)

    def pin(self) -> None:
        """Pin the selection as probes of the next run, as far as there is room, in one step; say how many there was."""
        view, draft = self._workspace.view, self._workspace.draft
        if view.split != "validation":
            self.toasts.show_message("Only validation inputs can be probes: choose that split first.")
            return
        pinned, rows = draft.pinned(), view.selection.rows
        new = pinned_too(draft.value, rows)
        if new:
            draft.replace({**draft.value, "probes": [*pinned, *new]}, "Pin probes")
        self.toasts.show_message(
            _pinned(len(new), len(rows) - len(rows.within(Rows(pinned))), bool(rows)), "ok" if new else "note"
        )

    def list_all(self) -> SliceList:
        """Show all slices of this data and split."""
        self._slices.refresh()
        listed = SliceList(self._page, self._slices.there, can_save=self.can_save)
        listed.chosen.connect(self._slices.choose)
        listed.renamed.connect(self.rename)
        listed.exported.connect(lambda one: self.export(one.rows, one.name))
        listed.deleted.connect(self.delete)
        listed.saveAsked.connect(self.save)
        listed.open_below(self._at)
        return listed

    def rename(self, one: Slice) -> SliceName:
        """Ask for another name."""
        return self._ask(f"Rename “{one.name}”", one.name, one, lambda name: self._slices.rename(one, name))

    def delete(self, one: Slice) -> None:
        """Forget a slice; a message offers to bring it back."""
        if self._slices.delete(one):
            toast = self.toasts.show_message(f"Deleted the slice “{one.name}”.", "ok", "Undo", UNDO_SECONDS)
            toast.acted.connect(lambda: self._slices.restore(one))

    def export(self, rows: Sequence[int], name: str) -> None:
        """Choose where rows, truth and answers of these inputs are written."""
        seen = self._exploration.seen
        if seen is None:
            return
        dialog = QFileDialog(self._page, "Save inputs and answers")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Table (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{_file_name(name)}.csv")
        dialog.fileSelected.connect(lambda path: self.write(rows, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_selection(self, rows: Sequence[int]) -> None:
        """Choose where the inputs that are listed are written."""
        selection = self._workspace.view.selection
        self.export(rows, selection.words or selection.filter or "inputs")

    def write(self, rows: Sequence[int], path: Path) -> None:
        """Write rows, truth and answers of these inputs as CSV."""
        seen = self._exploration.seen
        if seen is not None and self._slices.export(rows, seen, path):
            self.toasts.show_message(f"Saved {path.name}.", "ok")

    def _ask(self, title: str, name: str, former: Slice | None, keep: Callable[[str], object]) -> SliceName:
        asking = SliceName(self._page, title, name, lambda typed: self._slices.against(typed, former))
        asking.saved.connect(keep)
        asking.open_below(self._at)
        asking.name.editor.setFocus()
        asking.name.editor.selectAll()
        return asking


def _inputs(number: int) -> str:
    return f"{count(number)} input{'' if number == 1 else 's'}"


def _pinned(new: int, wanted: int, is_selected: bool) -> str:
    """Say how many of the inputs that were not pinned before became probes of the next run."""
    if not is_selected:
        return "Nothing is selected: select inputs or type a filter first."
    if not wanted:
        return "All selected inputs are pinned already."
    if not new:
        return f"{PROBES} probes are pinned already, which is the most: unpin one first (Shift+P)."
    if new == wanted:
        return f"Pinned {_inputs(new)} as probes of the next run."
    return f"Pinned the first {new} of {_inputs(wanted)}: a selection fills up to {PROBES} probes."


def _file_name(words: str) -> str:
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.casefold())
    return "-".join(filter(None, plain.split("-")))[:60] or "inputs"
