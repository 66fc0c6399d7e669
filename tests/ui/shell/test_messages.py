"""What the window says of the queue: where a run waits, what a project has waiting, and how one comes back."""

from pathlib import Path

from kdstudio.core.errors import Problem
from kdstudio.ui.main_window import MainWindow
from tests.small_task import quick_recipe


def words(window: MainWindow) -> list[str]:
    return [toast.accessibleName() for toast in window.messages.toasts.toasts()]


def wait_behind_a_run(window: MainWindow, data: Path) -> Path:
    """Let a run wait behind one that no engine was asked for."""
    workspace = window.workspace
    workspace.draft.replace(workspace.draft.value | quick_recipe(data, epochs=1))
    workspace.run.begin(workspace.ensure_project().new_run("live"), workspace.draft.recipe())
    workspace.draft.change("epochs", 2)
    workspace.train()
    return workspace.queue.waiting[0]


def test_that_a_run_is_told_its_place_and_can_be_brought_back(window: MainWindow, tmp_path: Path) -> None:
    run, queue = wait_behind_a_run(window, tmp_path / "digits.npz"), window.workspace.queue
    assert words(window) == [f"{queue.title(run)} waits, 1st in the queue. It begins by itself."]
    queue.remove(run)
    assert words(window)[-1].endswith("was taken out of the queue and put into the folder “archived”.")
    window.messages.toasts.toasts()[-1].acted.emit()
    assert queue.waiting == (run,)


def test_that_a_failure_is_told_although_the_next_run_takes_the_page(window: MainWindow, tmp_path: Path) -> None:
    wait_behind_a_run(window, tmp_path / "digits.npz")
    window.show_page("train")
    problem = Problem(message="The data is gone.")
    window.workspace.run.fail(problem)
    window.workspace.notices.tell(problem)
    assert words(window)[-1] == "The data is gone."


def test_that_a_project_with_a_queue_offers_to_start_it(window: MainWindow, tmp_path: Path) -> None:
    wait_behind_a_run(window, tmp_path / "digits.npz")
    workspace = window.workspace
    file = workspace.project.file
    workspace.run.close()
    workspace.queue.hold()
    workspace.open_project(file)
    assert words(window)[-1] == "1 run waits in the queue of this project."
    assert not workspace.run.is_live
