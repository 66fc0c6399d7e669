"""A run whose device is gone, opened in the window, goes on on the CPU in a real engine at the press of one button."""

import json
import os
from pathlib import Path

import psutil
import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kdstudio.core.errors import DeviceLost
from kdstudio.core.layout import RunFolder
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.distill import distill
from kdstudio.training.setup import prepare
from kdstudio.ui.pages.train import TrainPage
from kdstudio.ui.workspace import Workspace
from tests.small_task import finish, quick_recipe, result, write_digits

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A run that ended in its third epoch, on a GPU that this computer has not."""
    folder, steps = tmp_path / "run", iter(range(10**6))
    small = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    data = write_digits(tmp_path / "digits.npz")
    setup = result(prepare(parse(quick_recipe(data, student=small, epochs=4, baseline=False)), folder))

    def lose(module: torch.nn.Module, _given: object) -> None:
        if module.training and next(steps) == 60:
            raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    setup.student.module.register_forward_pre_hook(lose)
    with pytest.raises(DeviceLost):
        finish(recorded(folder, distill(setup)))
    place = RunFolder(folder)
    place.recipe.write_text(json.dumps(read_json(place.recipe) | {"device": "cuda:7"}))
    return folder


def test_that_one_button_goes_on_on_the_cpu(workspace: Workspace, lost: Path, qtbot: QtBot) -> None:
    page = TrainPage(workspace)
    qtbot.addWidget(page)
    workspace.run.open(lost)
    page.show()
    page.refresh()
    card = page.error.card
    assert card is not None
    assert card.buttons["elsewhere"].text() == "Continue on the CPU from the last checkpoint"
    with qtbot.waitSignal(workspace.trainer.ended, timeout=120_000) as ended:
        qtbot.mouseClick(card.buttons["elsewhere"], Qt.MouseButton.LeftButton)
    assert ended.args == ["finished"]
    assert read_json(RunFolder(lost).recipe)["device"] == "cpu"
    workspace.close()


LOSES = """
import os, sys
if "kdstudio.engine" in sys.orig_argv:
    import torch
    from kdstudio.training.learner import Learner

    learn = Learner.learn

    def lose(self, *given, **named):
        if self.step == 60 and os.path.exists(os.environ["KDSTUDIO_TEST_LOSS"]):
            os.unlink(os.environ["KDSTUDIO_TEST_LOSS"])
            raise torch.AcceleratorError("CUDA error: unspecified launch failure")
        return learn(self, *given, **named)

    Learner.learn = lose
"""


@pytest.mark.slow
def test_that_an_engine_that_lost_its_device_is_replaced(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is raised in the real process, which never works with CUDA again; the run goes on in another one."""
    (tmp_path / "sitecustomize.py").write_text(LOSES)
    (tmp_path / "loss").touch()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("KDSTUDIO_TEST_LOSS", str(tmp_path / "loss"))
    small = {"architecture": "mlp", "knobs": {"hidden": [16]}}
    asked = quick_recipe(write_digits(tmp_path / "digits.npz"), student=small, epochs=4, baseline=False)
    workspace.draft.replace(workspace.draft.value | asked)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=120_000) as ended:
        workspace.train()
        spent = psutil.Process(workspace.engine.pid)
    assert ended.args == ["failed"]
    assert (workspace.run.problem.action, workspace.run.problem.value) == ("device", "cpu")
    assert workspace.engine.pid not in (0, spent.pid)
    qtbot.waitUntil(lambda: not spent.is_running() or spent.status() == psutil.STATUS_ZOMBIE, timeout=30_000)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=120_000) as ended:
        workspace.trainer.resume({"device": "cpu"})
    assert ended.args == ["finished"]
    assert workspace.notices.problems[-1][0].action == "device"  # that it was replaced is no fault of its own
