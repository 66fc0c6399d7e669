"""Everything that the pages share. Pages do not know each other; they meet here."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from kdstudio.core.errors import InvalidRecipe, KdStudioError
from kdstudio.core.paths import data_folder, engine_log, resource
from kdstudio.project import notes
from kdstudio.project.facts import titles
from kdstudio.project.project import Project
from kdstudio.recipe.lens import lens
from kdstudio.recipe.problems import Catalogue
from kdstudio.recipe.recipe import Recipe, load
from kdstudio.ui.analyses import Analyses
from kdstudio.ui.catalogue_cache import read_catalogue, write_catalogue
from kdstudio.ui.draft import Draft
from kdstudio.ui.draft_value import EMPTY
from kdstudio.ui.engine_client import EngineClient
from kdstudio.ui.exports import Exports
from kdstudio.ui.inputs import InputSource
from kdstudio.ui.notices import Notices
from kdstudio.ui.run_queue import RunQueue
from kdstudio.ui.settings import Settings
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.trainer import Trainer
from kdstudio.ui.view import View
from kdstudio.ui.watcher import Watcher


class Workspace(QObject):
    """The state of one window: engine, project, draft, shown run, view. Pages read it and follow its signals."""

    catalogueChanged = Signal()
    machineChanged = Signal()
    projectChanged = Signal()
    pageRequested = Signal(str)
    runsOpened = Signal(list)  # to be compared
    demoEnded = Signal()

    def __init__(self, settings: Settings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings or Settings()
        self.notices = Notices(self)
        self.engine = EngineClient(engine_log(), self)
        self.analyses = Analyses(self)
        self.draft = Draft(self.engine, self)
        self.run = ShownRun(self)
        self.trainer = Trainer(self.engine, self.run, self.notices, self)
        self.queue = RunQueue(self.run, self.trainer, self.notices, self.show_run, self)
        self.exports = Exports(self.engine, self.notices, self)
        self.watcher = Watcher(self.run, self)
        self.view = View(self)
        self.inputs = InputSource(self.analyses, self)
        self.catalogue = self.draft.catalogue = read_catalogue()
        self.machine: dict[str, Any] | None = None
        self.project: Project | None = None
        self.is_demo = False
        self._connect()

    def _connect(self) -> None:
        self.engine.ready.connect(self._greet)
        self.engine.died.connect(self._restart)
        self.analyses.failed.connect(lambda _key, error: self.notices.tell_error(error))
        self.draft.changed.connect(self._draft_changed)
        self.draft.refused.connect(self.notices.tell)
        self.run.changed.connect(self._run_changed)
        self.trainer.ended.connect(self._trained)
        self.projectChanged.connect(lambda: self.queue.follow(self.project.runs_folder if self.project else None))

    def go_to(self, page: str) -> None:
        """Ask the window to show a page: home, setup, train, understand, export."""
        self.pageRequested.emit(page)

    @property
    def recipe(self) -> Recipe | None:
        """The shown run's recipe, or the draft where no run is shown and it is whole."""
        if self.run.recipe is not None:
            return self.run.recipe
        try:
            return self.draft.recipe()
        except InvalidRecipe:
            return None

    def run_title(self) -> str:
        """Return what the shown run is called for short: as a person named it or "Run 7", else its folder's name."""
        folder = self.run.folder
        if folder is None:
            return "No run"
        if self.project is None or folder.parent != self.project.runs_folder:
            return folder.name
        return notes.read(folder).name or titles([folder])[folder]

    # projects and runs

    def ensure_project(self) -> Project:
        """Return the project; a new one is made in the person's data folder when there is none yet."""
        if self.project is None:
            name, count = "Untitled", 1
            while (data_folder() / name).exists():
                count += 1
                name = f"Untitled {count}"
            self.project = Project.create(data_folder() / name, name)
            self.projectChanged.emit()
        return self.project

    def new_project(self) -> None:
        """Begin anew with an empty draft; the folder is made when the first run starts."""
        self.save()
        self.project, self.is_demo = None, False
        self.draft.start(EMPTY)
        self.run.close()
        self.projectChanged.emit()
        self.go_to("setup")

    def open_project(self, path: Path) -> None:
        """Open a project from its folder or its .kdproj file: its draft, and the run that was shown last."""
        project = Project.open(path)
        self._show_project(project)
        self.settings.remember(project.file)
        self.go_to("understand" if self.run.summary else "setup")

    def open_recipe(self, path: Path) -> None:
        """Take a recipe file as the draft; raises InvalidRecipe."""
        self.draft.replace(load(path).to_value(), "Load recipe")
        self.go_to("setup")

    def open_run(self, folder: Path) -> None:
        """Show a run folder; raises RunError."""
        self.show_run(folder)
        if self.run.recipe is not None:
            self.draft.replace(self.run.recipe.to_value(), "Open run")
        self.go_to("understand" if self.run.summary else "train")

    def watch(self, folder: Path) -> None:
        """Show a run that something else is writing, and follow it."""
        self.watcher.watch(folder)
        self.go_to("train")

    def save(self) -> None:
        """Save the project, if there is one."""
        if self.project is not None:
            try:
                self.project.save(recipe=self.draft.value)
                self.draft.undo.setClean()
            except (KdStudioError, OSError) as error:
                self.notices.tell_error(error)

    def save_as(self, folder: Path) -> None:
        """Make a project in `folder` with this draft; runs that were made elsewhere stay there."""
        try:
            project = Project.create(folder)
            project.save(recipe=self.draft.value)
        except (KdStudioError, OSError) as error:
            self.notices.tell_error(error)
            return
        self.project, self.is_demo = project, False
        self.draft.undo.setClean()
        self.settings.remember(project.file)
        self.projectChanged.emit()

    def _show_project(self, project: Project) -> None:
        self.save()
        self.project, self.is_demo = project, False
        self.draft.start(project.draft.recipe or EMPTY)
        run = project.run
        if run is not None:
            self.show_run(run.folder.path)
        else:
            self.run.close()
        self.projectChanged.emit()

    def show_run(self, folder: Path) -> None:
        """Show another run and leave draft and page as they are; raises RunError, and where a run is going on."""
        if self.run.is_live and folder != self.run.folder:
            raise KdStudioError("A run is going on.", hint="Stop or finish it before another one is shown.")
        self.watcher.end()
        self.run.open(folder)
        self.view.set_epoch("last")
        self.view.clear()

    # training

    def train(self) -> None:
        """Start a new run of the draft, or let it wait while another is going on; its problems, if any, are told."""
        try:
            recipe = self.draft.recipe()
            if self.run.is_live and self.queue.find(recipe) is not None:
                self.go_to("train")
                return
            project = self.ensure_project()
            folder = project.new_run(recipe.student.architecture or Path(recipe.student.path or "").stem)
            folder.mkdir(parents=True)  # so that no other run takes its name
            if self.run.is_live:
                self.queue.add(folder, recipe)
            current = {} if self.run.is_live else {"run": folder.name}
            project.save(recipe=self.draft.value, **current)
            self.draft.undo.setClean()
        except (KdStudioError, OSError) as error:
            self.notices.tell_error(error)
            return
        if not project.is_temporary:
            self.settings.remember(project.file)
        if self.run.is_live:  # it waits in the queue
            return
        self.watcher.end()
        self.view.set_split("validation")
        self.view.set_epoch("last")
        self.view.clear()
        self.trainer.begin(folder, recipe)
        self.go_to("train")

    def resume(self, changes: dict[str, Any] | None = None) -> None:
        """Go on with the shown run; `changes` of its recipe hold from there on."""
        self.watcher.end()
        self.trainer.resume(changes)
        self.go_to("train")

    def retry(self, **changes: Any) -> None:
        """Start a new run of the shown recipe with changed values, such as `batch_size` or `device`."""
        if self.run.recipe is not None:
            self.draft.replace({**self.run.recipe.to_value(), **changes}, "Retry")
            self.train()

    def open_demo(self, name: str = "demo", *, start: bool = True) -> None:
        """Open an embedded example in a temporary project, and start it."""
        try:
            recipe = load(resource("recipes", f"{name}.json")).to_value()
            project = Project.temporary(name)
            project.save(recipe=recipe)
            self._show_project(project)
        except (KdStudioError, OSError) as error:
            self.notices.tell_error(error)
            return
        self.is_demo = start
        if start:
            self.train()
        else:
            self.go_to("setup")

    def _trained(self, state: str) -> None:
        if state == "discarded":
            self.go_to("setup")
        elif state == "finished" and self.is_demo and not self.queue.is_next:
            self.demoEnded.emit()

    # the engine and this computer

    def start_engine(self) -> None:
        """Start the engine, once the window stands."""
        self.engine.start()

    def ask_machine(self) -> None:
        """Ask the engine what this computer has."""
        self.engine.ask("machine", self._take_machine)

    def close(self) -> None:
        """Save the project, end the engine at a checkpoint and the analysis thread."""
        self.save()
        self.settings.save()
        self.queue.hold()
        self.watcher.end()
        self.draft.undo.clear()  # its destructor would tell listeners that are gone
        self.engine.quit()
        self.analyses.close()

    def _greet(self, _ready: dict[str, Any]) -> None:
        self.engine.ask("catalogue", self._take_catalogue)
        self.ask_machine()

    def _restart(self, _how: str) -> None:
        self.draft.forget_answers()

    def _take_catalogue(self, value: dict[str, Any]) -> None:
        catalogue = Catalogue.model_validate(value)
        if catalogue != self.catalogue:
            self.catalogue = self.draft.catalogue = catalogue
            write_catalogue(value)
            self.catalogueChanged.emit()

    def _take_machine(self, value: dict[str, Any]) -> None:
        self.machine = value
        self.machineChanged.emit()

    def _draft_changed(self) -> None:
        if self.run.state == "none":
            self.view.set_training_temperature(self.draft.temperature)
        self._open_inputs()

    def _run_changed(self) -> None:
        if self.run.recipe is not None:
            self.view.set_training_temperature(lens(self.run.recipe))
        self._open_inputs()

    def _open_inputs(self) -> None:
        recipe = self.recipe
        if recipe is not None:
            self.inputs.open(recipe.data, recipe.seed, recipe.task)
