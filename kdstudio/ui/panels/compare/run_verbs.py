"""What can be done with a run that was chosen among others."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QWidget

from kdstudio.core.errors import KdStudioError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.project.facts import Facts
from kdstudio.project.run import Run
from kdstudio.ui.compared import ComparedModels
from kdstudio.ui.panels.compare.prune_sheet import PruneSheet
from kdstudio.ui.panels.compare.run_notes import RunNotes
from kdstudio.ui.widgets.toasts import ToastStack
from kdstudio.ui.workspace import Workspace


class RunVerbs(QObject):
    """Acts on the run that was chosen last; what goes wrong is told."""

    def __init__(self, workspace: Workspace, models: ComparedModels, page: QWidget) -> None:
        super().__init__(page)
        self._workspace, self._models, self._page = workspace, models, page
        self.toasts = ToastStack(page)

    @property
    def row(self) -> Facts | None:
        """The model that was chosen last."""
        return self._models.row(self._models.selected[-1]) if self._models.selected else None

    def look_inside(self) -> None:
        """Open the run in Understand."""
        self._show("understand")

    def export(self) -> None:
        """Open the run in Export."""
        self._show("export")

    def clone(self) -> None:
        """Take the run's recipe to Setup, where it can be changed and trained."""
        self._to_setup(lambda value: value, "Clone run")

    def prune(self) -> PruneSheet | None:
        """Ask what goes, and take the recipe to Setup with the run's best student without it, to train on."""
        row = self.row
        if row is None or row.kind != "run" or not self._act(self._check_best):
            return None

        def ordered(share: float, unit: str) -> None:
            how = {"prune": share} | ({} if unit == "channels" else {"prune_unit": unit})
            self._to_setup(lambda value: {**value, "student": {"path": self._best(), **how}, "stages": []}, "Prune run")

        recipe = Run(row.path).recipe
        student = recipe.student if recipe is not None else None
        zeros = student.prune if student is not None and student.prune_unit == "weights" else None
        sheet = PruneSheet(self._workspace, row.path, self._models.title(row), self._page, zeros or 0.0)
        sheet.ordered.connect(ordered)
        sheet.open()
        return sheet

    def quantize(self) -> None:
        """Take the recipe to Setup with the run's best student, rounding to 8 bits, to train on."""

        def quantized(value: dict[str, object]) -> dict[str, object]:
            return {**value, "student": {"path": self._best(), "quantize": "int8"}, "stages": []}

        self._to_setup(quantized, "Quantize run")

    def use_as_teacher(self) -> None:
        """Take the recipe to Setup with the run's best student as the teacher."""
        self._to_setup(lambda value: {**value, "teachers": [{"path": self._best()}]}, "Use as teacher")

    def hotter(self) -> None:
        """Take the recipe to Setup with every temperature doubled."""
        self._to_setup(_doubled, "Clone with T × 2")

    def resume(self) -> None:
        """Go on with a run that was stopped, or begin one that waits."""
        row = self.row
        if row is not None and self._act(lambda: self._workspace.show_run(row.path)):
            self._workspace.resume()

    def reveal(self) -> None:
        """Show the folder in the file manager."""
        row = self.row
        if row is not None:
            path = row.path if row.path.is_dir() else row.path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def star(self) -> None:
        """Give the run a star, or take it."""
        row = self.row
        if row is not None and row.kind == "run":
            self._models.note(row.key, star=not row.notes.star)

    def describe(self, at: QWidget) -> RunNotes | None:
        """Ask for name, tags and note of the run."""
        row = self.row
        if row is None or row.kind != "run":
            return None
        asking = RunNotes(self._page, self._models.title(row), row.notes)
        asking.saved.connect(lambda words: self._models.note(row.key, **words))
        asking.open_at(at)
        asking.name.editor.setFocus()
        asking.name.editor.selectAll()
        return asking

    def put_away(self) -> None:
        """Archive the chosen runs; a message offers to bring them back."""
        rows = [row for key in self._models.selected if (row := self._models.row(key)) is not None]
        live = self._workspace.run.folder if self._workspace.run.is_live else None
        if any(row.path == live for row in rows):
            error = KdStudioError("This run is going on.", hint="Stop it before it is put away.")
            self._workspace.notices.tell_error(error)
            return
        names = [self._models.title(row) for row in rows]
        queue = self._workspace.queue
        away = [moved for row in rows if (moved := self._models.put_away(row.key)) is not None]
        queue.look()
        if not away:
            return
        if self._workspace.run.folder in [was for _, was in away]:
            self._workspace.run.close()
        what = names[0] if len(away) == 1 else f"{len(away)} runs"
        place = "taken off the list" if not away[0][0].is_dir() else "put into the folder “archived”"
        toast = self.toasts.show_message(f"{what} {'was' if len(away) == 1 else 'were'} {place}.", "ok", "Undo", 12)

        def undo() -> None:
            for archived, was in away:
                self._models.bring_back(archived, was)
            queue.look()

        toast.acted.connect(undo)

    def menu(self, at: QWidget) -> QMenu:
        """Return a fresh menu of all that can be done."""
        menu, row = QMenu(self._page), self.row
        is_run = row is not None and row.kind == "run"
        can_go_on = row is not None and is_run and row.state in ("stopped", "interrupted", "failed", "queued")
        for words, act, enabled in (
            ("Open in Understand", self.look_inside, is_run),
            ("Export…", self.export, is_run),
            ("Clone to Setup", self.clone, is_run),
            ("Prune and train on…", self.prune, is_run),
            ("Quantize and train on…", self.quantize, is_run),
            ("Use as teacher…", self.use_as_teacher, is_run),
            (
                "Start this run" if row is not None and row.state == "queued" else "Go on with this run",
                self.resume,
                can_go_on,
            ),
            ("", None, True),
            ("Name, tags, note…\tF2", lambda: self.describe(at), is_run),
            ("Take the star" if row is not None and row.notes.star else "Give a star", self.star, is_run),
            ("Show in folder", self.reveal, row is not None),
            ("", None, True),
            ("Archive\tDel" if is_run else "Take off the list\tDel", self.put_away, row is not None),
        ):
            if act is None:
                menu.addSeparator()
            else:
                menu.addAction(words, act).setEnabled(enabled)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _show(self, page: str) -> None:
        row = self.row
        if row is not None and row.kind == "run" and self._act(lambda: self._workspace.show_run(row.path)):
            self._workspace.go_to(page)

    def _to_setup(self, change: Callable[[dict[str, object]], dict[str, object]], words: str) -> None:
        row = self.row
        if row is None or row.kind != "run":
            return

        def act() -> None:
            recipe = Run(row.path).recipe
            if recipe is None:
                hint = "Its recipe.json is missing or damaged."
                raise RunError(f"{row.path.name} has no recipe to take over", hint=hint, where=str(row.path))
            self._workspace.draft.replace(change({**recipe.to_value(), "history": []}), words)

        if self._act(act):
            self._workspace.go_to("setup")

    def _best(self) -> str:
        """Return the file of the run's best student; raises RunError where there is none yet."""
        row = self.row
        assert row is not None
        file = RunFolder(row.path).best_student
        if not file.exists():
            raise RunError(f"{row.path.name} has no best student yet.", hint="Let it train for an epoch, or resume it.")
        return str(file)

    def _check_best(self) -> None:
        self._best()

    def _act(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except (KdStudioError, OSError) as error:
            self._workspace.notices.tell_error(error)
            return False
        return True


def _doubled(value: dict[str, object]) -> dict[str, object]:
    methods = value["methods"]
    assert isinstance(methods, list)
    made = [{**one, "temperature": 2 * one["temperature"]} if one.get("temperature") else one for one in methods]
    return {**value, "methods": made}
