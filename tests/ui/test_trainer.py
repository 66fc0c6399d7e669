"""The window's end of a real engine process: start, ask, train, pause, stop, crash, resume, quit."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from kdstudio.core.layout import RunFolder
from kdstudio.ui import engine_client
from kdstudio.ui.engine_client import EngineClient
from kdstudio.ui.settings import Settings
from kdstudio.ui.workspace import Workspace
from tests.conftest import move_home
from tests.small_task import quick_recipe, write_digits

pytestmark = pytest.mark.timeout(240)
LONG = 120_000  # ms; a busy machine imports torch slowly


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("zïffern") / "digits.npz")


def filled(home: Path, data: Path) -> Iterator[Workspace]:
    """Give a workspace with a quick recipe in its draft, and see that its engine ends with it."""
    made = Workspace(Settings(home / "settings.json"))
    small = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    made.draft.replace(made.draft.value | quick_recipe(data, student=small, epochs=4, batch_size=32, baseline=False))
    yield made
    made.close()
    assert made.engine.pid == 0


@pytest.fixture
def workspace(qtbot: QtBot, own_home: Path, data: Path) -> Iterator[Workspace]:
    yield from filled(own_home, data)


@pytest.fixture(scope="module")
def used(qapp: object, tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Workspace]:
    """One workspace, and so one engine, for the tests that leave both as they were."""
    with pytest.MonkeyPatch.context() as patch:
        yield from filled(move_home(patch, tmp_path_factory.mktemp("home")), data)


def run_long(workspace: Workspace, qtbot: QtBot) -> None:
    """Start a run that does not end by itself, and wait until it has a checkpoint."""
    workspace.draft.change("epochs", 100_000)
    workspace.train()
    with qtbot.waitSignal(workspace.run.eventsArrived, timeout=LONG, check_params_cb=lambda _: is_saved(workspace)):
        pass


def is_saved(workspace: Workspace) -> bool:
    return any(event.event == "checkpointed" for event in workspace.run.history)


def test_that_what_is_asked_before_the_engine_is_up_is_answered(used: Workspace, qtbot: QtBot, data: Path) -> None:
    workspace = used
    answers: dict[str, object] = {}
    workspace.engine.ask("inspect", lambda item: answers.update(data=item), path=str(data))
    workspace.engine.ask("dance", None, lambda problems, _: answers.update(dance=problems))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=LONG)
    assert answers["data"]["role"] == "data"
    assert "dance" in answers["dance"][0].message
    qtbot.waitUntil(lambda: workspace.catalogue.methods != (), timeout=LONG)
    assert workspace.machine is None or workspace.machine["threads"] >= 1


def test_that_a_finished_run_has_state_summary_and_curves(used: Workspace, qtbot: QtBot) -> None:
    workspace = used
    states: list[str] = []
    workspace.run.stateChanged.connect(lambda: states.append(workspace.run.state))
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        workspace.train()
    assert ended.args == ["finished"]
    assert states == ["queued", "running", "finished"]
    assert workspace.run.summary["student"]["accuracy"] > 0.5
    assert len(workspace.run.curves().metrics["student", "validation", "accuracy"]) == 4
    assert workspace.run.metric("student", "accuracy", epoch=4) == workspace.run.metric("student", "accuracy")
    assert workspace.run_title() == "Run 1"
    assert workspace.settings.recent_projects()


def test_that_a_run_pauses_goes_on_and_stops_with_its_best(used: Workspace, qtbot: QtBot) -> None:
    workspace = used
    run_long(workspace, qtbot)
    workspace.trainer.pause()
    qtbot.waitUntil(lambda: workspace.run.state == "paused", timeout=LONG)
    step = workspace.run.advanced.step
    workspace.trainer.proceed()
    qtbot.waitUntil(lambda: workspace.run.state == "running" and workspace.run.advanced.step > step, timeout=LONG)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        workspace.trainer.stop("best")
        assert workspace.run.state == "stopping"
    assert ended.args == ["stopped"]
    assert workspace.run.can_resume
    assert workspace.run.summary["student"]["accuracy"] is not None


def test_that_a_discarded_run_is_gone(used: Workspace, qtbot: QtBot) -> None:
    workspace = used
    run_long(workspace, qtbot)
    folder = workspace.run.folder
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        workspace.trainer.stop("discard")
    assert ended.args == ["discarded"]
    assert not folder.exists()
    assert workspace.run.state == "none"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")
def test_that_a_killed_engine_is_told_and_the_run_goes_on(workspace: Workspace, qtbot: QtBot) -> None:
    run_long(workspace, qtbot)
    workspace.trainer.pause()  # a pause saves a checkpoint
    qtbot.waitUntil(lambda: workspace.run.state == "paused", timeout=LONG)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        os.kill(workspace.engine.pid, signal.SIGKILL)
    assert ended.args == ["interrupted"]
    assert "signal 9" in workspace.run.problem.message
    assert "safe up to epoch" in workspace.run.problem.hint
    assert [problem.message for problem, _ in workspace.notices.problems] == [workspace.run.problem.message]
    assert workspace.run.can_resume
    workspace.resume()
    qtbot.waitUntil(lambda: workspace.run.state == "running", timeout=LONG)
    workspace.trainer.force()
    qtbot.waitUntil(lambda: workspace.run.state == "interrupted", timeout=LONG)


@pytest.mark.slow
def test_that_closing_saves_a_checkpoint_and_leaves_no_engine(workspace: Workspace, qtbot: QtBot) -> None:
    run_long(workspace, qtbot)
    folder, pid = workspace.run.folder, workspace.engine.pid
    workspace.close()
    assert not psutil.pid_exists(pid)
    assert (RunFolder(folder).checkpoint("last") / "student.safetensors").exists()


def test_that_a_recipe_that_cannot_work_says_why_and_trains_nothing(used: Workspace, qtbot: QtBot) -> None:
    workspace = used
    workspace.draft.change("data.path", "/no/such/place")
    with qtbot.waitSignal(workspace.trainer.ended, timeout=LONG) as ended:
        workspace.train()
    assert ended.args == ["failed"]
    assert workspace.run.problem.where == "data.path"
    assert workspace.run.problem.hint


def test_that_an_engine_that_cannot_start_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    engine, told = EngineClient(), []
    with qtbot.waitSignal(engine.died):
        engine.ask("machine", None, lambda problems, _: told.append(problems[0].message))
    assert told == ["The training engine could not be started."]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that stops a process")
def test_that_an_engine_that_hangs_is_told_and_can_be_restarted(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped for real: it neither answers nor ends by itself, and the run goes on in another one."""
    run_long(workspace, qtbot)
    monkeypatch.setattr(engine_client, "SILENT_MS", 3000)
    monkeypatch.setattr(engine_client, "GRACE_MS", 500)
    hung = workspace.engine.pid
    workspace.engine._pulse.setInterval(200)
    with qtbot.waitSignal(workspace.engine.silent, timeout=LONG, check_params_cb=lambda silent: silent):
        os.kill(hung, signal.SIGSTOP)
    workspace.trainer.restart()
    with qtbot.waitSignal(
        workspace.run.eventsArrived, timeout=LONG, check_params_cb=lambda seen: any(e.event == "resumed" for e in seen)
    ):
        pass
    assert workspace.engine.pid not in (0, hung)
    assert not psutil.pid_exists(hung)
    assert not workspace.engine.is_silent
