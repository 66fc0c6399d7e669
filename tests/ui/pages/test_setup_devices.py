"""How many devices train together: offered beside the device, and trained on as any other run, with a real engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kdstudio.core.events import Evaluated
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import parse
from kdstudio.ui.pages.setup import SetupPage
from kdstudio.ui.panels.setup.devices import together
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe, write_digits

GPU = {"name": "cuda:0 Card", "kind": "cuda"}
TWO_CARDS = {"device": "cuda:0", "devices": [GPU], "together": {"cpu": 4, "cuda": 2}}


@pytest.fixture
def page(qtbot, workspace: Workspace) -> Iterator[SetupPage]:
    workspace.start_engine()
    made = SetupPage(workspace)
    qtbot.addWidget(made)
    made.resize(1360, 826)
    made.show()
    qtbot.waitUntil(lambda: workspace.machine is not None, timeout=60_000)
    made.recipe.set_mode("advanced")
    yield made
    made.hide()


def field(page: SetupPage) -> Any:
    """Return the editor of the number of devices; None where it is not offered."""
    form = next(form for form in page.recipe.advanced.forms if form.objectName() == "form-run")
    return form.editors.get("devices")


def tell(page: SetupPage, machine: dict[str, Any]) -> None:
    page._workspace.machine = machine
    page._workspace.machineChanged.emit()


def test_that_numbers_of_devices_are_those_of_the_computer() -> None:
    assert together(TWO_CARDS, "auto") == [(1, "One GPU"), (2, "2 GPUs")]
    assert [words for _, words in together(TWO_CARDS, "cpu")][-1] == "4 processes"
    assert together(TWO_CARDS, "cuda:0") == []  # it names one
    many = together({"device": "cpu", "together": {"cpu": 96}}, "auto")
    assert [count for count, _ in many] == [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 96]


def test_that_the_field_is_there_where_several_can_train_together(page: SetupPage) -> None:
    tell(page, TWO_CARDS)
    assert [field(page).editor.itemText(at) for at in range(2)] == ["One GPU", "2 GPUs"]
    field(page).editor.setCurrentIndex(1)
    field(page).editor.activated.emit(1)
    assert page._draft.value["devices"] == 2
    tell(page, {**TWO_CARDS, "together": {"cpu": 1, "cuda": 1}})
    assert field(page) is not None  # the recipe wants more than there are: that has to be seen
    page._draft.change("devices", 1, "Change devices")
    assert field(page) is None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_run_of_two_processes_is_paused_stopped_and_resumed_in_the_window(
    qtbot, workspace: Workspace, tmp_path: Path
) -> None:
    pytest.importorskip("lightning_fabric")
    data, run = write_digits(tmp_path / "digits.npz", 600), workspace.run
    asked = parse(quick_recipe(data, epochs=20_000, devices=2, baseline=False))
    workspace.trainer.begin(tmp_path / "run", asked)
    qtbot.waitUntil(lambda: any(isinstance(event, Evaluated) for event in run.history), timeout=120_000)
    workspace.trainer.pause()
    qtbot.waitUntil(lambda: run.state == "paused", timeout=60_000)
    workspace.trainer.proceed()
    qtbot.waitUntil(lambda: run.state == "running", timeout=60_000)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=60_000) as ended:
        workspace.trainer.stop()
    assert ended.args == ["stopped"]
    step = Run(tmp_path / "run").status.step
    workspace.trainer.resume()
    qtbot.waitUntil(lambda: Run(tmp_path / "run").status.step > step, timeout=120_000)
    with qtbot.waitSignal(workspace.trainer.ended, timeout=60_000):
        workspace.trainer.force()
    assert run.can_resume
    devices = json.loads((tmp_path / "run" / "provenance.json").read_text())["devices"]
    assert devices["count"] == 2
