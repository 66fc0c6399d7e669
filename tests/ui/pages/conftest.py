"""Real runs on scikit-learn's digits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.workspace import Workspace
from tests.small_task import quick_recipe, trained, write_digits

METHODS = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 4.0}]


def mlp_run(folder: Path, data: Path, hidden: list[int], **changes: object) -> Path:
    """Train an MLP for a few epochs and return its run folder."""
    value = quick_recipe(
        data,
        data={"path": str(data), "validation": 0.3},
        student={"architecture": "mlp", "knobs": {"hidden": hidden}},
        optimizer={"name": "sgd", "learning_rate": 0.05},
    )
    return trained(value | changes, folder)


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without a teacher; short, so that it leaves mistakes to pass on."""
    base = tmp_path_factory.mktemp("digits")
    return mlp_run(base / "alone", write_digits(base / "digits.npz"), [32], epochs=2)


@pytest.fixture(scope="session")
def run(alone: Path) -> Path:
    """A finished run with a teacher that makes mistakes, a student and a baseline."""
    teachers = [{"path": str(alone / "checkpoints" / "best" / "student.safetensors")}]
    return mlp_run(
        alone.with_name("run"), alone.with_name("digits.npz"), [8], teachers=teachers, methods=METHODS, epochs=6
    )


@pytest.fixture
def open_tab(qtbot, workspace: Workspace) -> Callable[..., Any]:
    """Open a run on a tab of Understand, and wait until `ready` says of the tab that it shows something."""

    def opened(folder: Path, name: str, ready: Callable[[Any], bool], size: tuple[int, int] = (1360, 766)) -> Any:
        workspace.run.open(folder)
        page = UnderstandPage(workspace)
        qtbot.addWidget(page)
        page.resize(*size)
        page.show()
        page.open_tab(name)
        qtbot.waitUntil(lambda: ready(page.tabs[name]))
        return page.tabs[name]

    return opened
