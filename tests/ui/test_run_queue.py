"""The queue in the window: recipes that wait behind a run, begin by themselves, and are there after a restart."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdstudio.project.run import Run
from kdstudio.ui.run_queue import count_words, ordinal
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe, write_digits
from tests.ui.conftest import workspace_in

pytestmark = pytest.mark.timeout(240)
LONG = 120_000  # ms; a busy machine imports torch slowly


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits") / "digits.npz", 400)


@pytest.fixture
def workspace(dressed: Theme, own_home: Path, data: Path) -> Iterator[Workspace]:
    with workspace_in(own_home) as made:
        made.draft.replace(made.draft.value | quick_recipe(data, epochs=2, baseline=False))
        yield made


def put(workspace: Workspace, **changes: object) -> Path:
    """Change the draft and train it while a run is going on; return the folder of the run that waits."""
    for key, value in changes.items():
        workspace.draft.change(key, value)
    workspace.train()
    return workspace.queue.waiting[-1]


def pretend(workspace: Workspace, *, runs: int = 3) -> list[Path]:
    """Put runs behind one that no engine was asked for."""
    project = workspace.ensure_project()
    workspace.run.begin(project.new_run("live"), workspace.draft.recipe())
    return [put(workspace, epochs=3 + at) for at in range(runs)]


def test_that_places_are_told_as_people_say_them() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 101, 112)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "112th"]
    )
    assert (count_words(1), count_words(3)) == ("1 run waits", "3 runs wait")


def test_that_training_again_puts_the_changed_recipe_into_the_queue(workspace: Workspace) -> None:
    added: list[Path] = []
    workspace.queue.added.connect(added.append)
    runs = pretend(workspace)
    assert list(workspace.queue.waiting) == added == runs
    assert [Run(run).recipe.epochs for run in runs] == [3, 4, 5]
    assert workspace.queue.place(runs[1]) == "2nd in the queue"
    assert workspace.queue.is_next
    assert workspace.run.name.endswith("live")  # it stays shown


def test_that_the_same_recipe_is_not_queued_twice(workspace: Workspace) -> None:
    pages: list[str] = []
    workspace.pageRequested.connect(pages.append)
    runs = pretend(workspace)
    assert workspace.queue.step(workspace.draft) == "waits"
    workspace.train()
    workspace.draft.change("epochs", 2)  # as the run that is going on
    assert workspace.queue.step(workspace.draft) == "show"
    workspace.train()
    assert pages == ["train", "train"]
    assert list(workspace.queue.waiting) == runs
    workspace.draft.change("epochs", 9)
    assert workspace.queue.step(workspace.draft) == "queue"


def test_that_runs_are_moved_taken_out_and_brought_back(workspace: Workspace) -> None:
    first, second, third = pretend(workspace)
    workspace.queue.move(third, 0)
    assert workspace.queue.waiting == (third, first, second)
    backs: list[Callable[[], None]] = []
    workspace.queue.removed.connect(lambda _title, back: backs.append(back))
    workspace.queue.remove(first)
    assert workspace.queue.waiting == (third, second)
    assert not first.exists()
    backs[0]()
    assert workspace.queue.waiting == (third, first, second)


def test_that_a_queue_is_there_after_a_restart_and_does_not_begin_by_itself(workspace: Workspace, own_home) -> None:
    runs = pretend(workspace, runs=2)
    with workspace_in(own_home) as again:
        again.open_project(workspace.project.file)
        assert (list(again.queue.waiting), again.queue.goes_on) == (runs, False)
        assert again.run.state == "none"
        again.show_run(runs[0])
        assert (again.run.state, again.run.is_live, again.run.can_resume) == ("waiting", False, True)


def test_that_the_next_begins_when_one_was_stopped_and_a_failed_one_blocks_nobody(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    ends: list[tuple[str, str]] = []
    workspace.trainer.ended.connect(lambda state: ends.append((workspace.run.name, state)))
    workspace.draft.change("epochs", 100_000)
    workspace.train()
    long = workspace.run.folder
    broken = put(workspace, **{"data.path": str(tmp_path / "nowhere.npz"), "epochs": 1})
    whole = put(workspace, **{"data.path": workspace.run.recipe.data.path})
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=LONG)
    with qtbot.waitSignal(workspace.queue.changed, timeout=LONG):
        workspace.trainer.stop()
    qtbot.waitUntil(lambda: len(ends) == 3, timeout=LONG)
    assert ends == [(long.name, "stopped"), (broken.name, "failed"), (whole.name, "finished")]
    assert "nowhere.npz" in str(workspace.notices.problems[0][0])
    assert [Run(run).status.state for run in (long, broken, whole)] == ["stopped", "failed", "finished"]
    assert workspace.queue.waiting == ()
    assert workspace.run.folder == whole


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")
def test_that_a_killed_engine_holds_the_queue_until_it_is_started(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.draft.change("epochs", 100_000)
    workspace.train()
    waits = put(workspace, epochs=1)
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=LONG)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        os.kill(workspace.engine.pid, signal.SIGKILL)
    assert ended.args == ["interrupted"]
    assert (workspace.queue.waiting, workspace.queue.goes_on) == ((waits,), False)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        workspace.queue.start()
    assert (ended.args, workspace.run.folder) == (["finished"], waits)
