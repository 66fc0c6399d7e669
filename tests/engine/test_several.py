"""A run of several processes that the engine starts: steered as any other, and safe whoever of them is killed."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from kdstudio.core.layout import RunFolder
from kdstudio.project.run import Run
from tests.engine.conftest import Engine
from tests.small_task import quick_recipe, write_digits

pytest.importorskip("lightning_fabric")


def start(engine: Engine, folder: Path, epochs: int) -> int:
    data = write_digits(folder.parent / "digits.npz", 600)
    asked = quick_recipe(data, epochs=epochs, devices=2, baseline=False)
    return engine.ask("train", recipe=asked, run=str(folder))


def trainers(folder: Path) -> int:
    """Return who writes the run: the first of the processes that train."""
    return int(json.loads((folder / "lock.json").read_text())["pid"])


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_that_a_run_of_two_processes_is_paused_changed_stopped_and_gone_on_with(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ask = start(engine, folder, 20_000)
    engine.event("evaluated", ask)
    engine.answer(engine.ask("pause"))
    step = engine.event("paused", ask)["step"]
    assert Run(folder).status.state == "paused"
    assert RunFolder(folder).checkpoint("last").exists()
    engine.answer(engine.ask("continue"))
    assert engine.event("resumed", ask)["step"] == step
    engine.answer(engine.ask("change", key="optimizer.learning_rate", value=0.01))
    assert engine.event("changed", ask)["new"] == 0.01
    engine.answer(engine.ask("stop", keep="best"))
    assert engine.answer(ask)["student"]["accuracy"] > 0.3
    assert Run(folder).status.state == "stopped"
    again = engine.ask("resume", run=str(folder))
    assert engine.event("resumed", again)["step"] > step
    engine.answer(engine.ask("stop", keep="discard"))
    engine.answer(again)
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_that_a_run_of_two_processes_survives_kills_of_its_processes_and_of_the_engine(
    fresh: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    ask = start(fresh, folder, 20_000)
    fresh.event("checkpointed", ask)
    os.kill(trainers(folder), signal.SIGKILL)
    told = fresh.answer(ask)["problems"][0]
    assert "ended (signal 9)" in told["message"]
    ask = fresh.ask("resume", run=str(folder))
    fresh.event("resumed", ask)
    fresh.event("evaluated", ask)
    fresh.process.kill()
    fresh.process.wait()
    other = Engine()
    ask = other.ask("resume", run=str(folder))  # waits for those that save a checkpoint
    other.event("resumed", ask)
    other.answer(other.ask("stop", keep="best"))
    assert other.answer(ask)["student"]["accuracy"] > 0.3
    assert other.close() == 0
