"""Following a run that something else writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdstudio.core.events import Evaluated, Losses, Resumed, to_json
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.project import status
from kdstudio.ui.shown_run import ShownRun
from kdstudio.ui.watcher import Watcher

RECIPE = {"data": {"path": "/x"}, "student": {"architecture": "mlp"}, "methods": [{"method": "hard_labels"}]}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    write_json(made.recipe, RECIPE)
    made.events.write_text("")
    status.write(made.status, status.current("running", step=1, step_total=10, epoch=0.1))
    return made


@pytest.fixture
def watcher(qtbot: QtBot) -> Iterator[Watcher]:
    made = Watcher(ShownRun())
    yield made
    made.end()


def write(folder: RunFolder, *events: object) -> None:
    with open(folder.events, "a") as file:
        file.writelines(to_json(event) + "\n" for event in events)


def losses(step: int) -> Losses:
    return Losses(step=step, epoch=step / 10, terms={"total": 1.0}, learning_rate=0.1)


def test_that_new_events_arrive_and_undone_ones_go(watcher: Watcher, folder: RunFolder, qtbot: QtBot) -> None:
    run = watcher._run
    write(folder, losses(1))
    watcher.watch(folder.path)
    assert run.state == "running"
    assert [event.step for event in run.history] == [1]
    write(folder, losses(2), losses(3), Resumed(step=1))
    qtbot.waitUntil(lambda: len(run.history) == 2, timeout=5000)
    assert [event.event for event in run.history] == ["losses", "resumed"]


def test_that_watching_ends_with_the_run(watcher: Watcher, folder: RunFolder, qtbot: QtBot) -> None:
    watcher.watch(folder.path)
    write(folder, Evaluated(step=10, epoch=1, learner="student", split="validation", metrics={"accuracy": 0.5}))
    status.write(folder.status, status.current("finished", step=10, step_total=10, epoch=1))
    qtbot.waitUntil(lambda: not watcher.is_watching, timeout=5000)
    assert watcher._run.state == "finished"
    assert watcher._run.metric("student", "accuracy") == 0.5


def test_that_a_run_that_goes_on_elsewhere_is_followed_again(watcher: Watcher, folder: RunFolder, qtbot: QtBot) -> None:
    run = watcher._run
    write(folder, losses(2))
    watcher.watch(folder.path)
    status.write(folder.status, status.current("stopped", step=2, step_total=10, epoch=0.2))
    qtbot.waitUntil(lambda: not watcher.is_watching, timeout=5000)
    assert run.state == "stopped"
    write(folder, Resumed(step=2), losses(3))
    status.write(folder.status, status.current("running", step=3, step_total=10, epoch=0.3))
    qtbot.waitUntil(lambda: watcher.is_watching, timeout=5000)
    write(folder, losses(4))
    qtbot.waitUntil(lambda: len(run.history) == 4, timeout=5000)
    assert run.state == "running"


def test_that_a_silent_run_of_another_machine_is_interrupted_until_it_speaks_again(
    watcher: Watcher, folder: RunFolder, qtbot: QtBot
) -> None:
    there = status.current("running", step=1, step_total=10, epoch=0.1).model_copy(update={"host": "node7", "pid": 1})
    status.write(folder.status, there)
    watcher.watch(folder.path)
    assert watcher.is_watching
    status.write(folder.status, there.model_copy(update={"updated": there.updated - 3600}))
    qtbot.waitUntil(lambda: not watcher.is_watching, timeout=5000)
    assert watcher._run.state == "interrupted"
    status.write(folder.status, there)
    qtbot.waitUntil(lambda: watcher.is_watching, timeout=5000)
