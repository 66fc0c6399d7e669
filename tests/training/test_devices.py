"""Several processes train one run: the same losses and weights as one process with the whole batch."""

import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch import Tensor

from kdstudio.core.events import Losses
from kdstudio.core.layout import RunFolder
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import Recipe
from tests.small_task import trained
from tests.training.conftest import recipe

pytest.importorskip("lightning_fabric")

PROGRAM = Path(__file__).with_name("on_devices.py")
STEPS = 2 * 2 * 23  # two learners, two epochs of 23 steps, the last with a batch of 30


@pytest.fixture(scope="module")
def asked(digits: Path, teacher: Path) -> Recipe:
    """All that is shared in its own way: labels for some, pairs of inputs, a memory, batch norm, shifts, a baseline."""
    methods = [
        {"method": "hard_labels", "weight": 0.5},
        {"method": "soft_targets", "weight": 0.5, "temperature": 4.0},
        {"method": "dist"},
        {"method": "progressive_self", "weight": 0.5},
    ]
    return recipe(
        digits,
        data={"path": str(digits), "validation": 0.2, "labelled": 300},
        student={"architecture": "mlp", "knobs": {"hidden": [32], "batch_norm": True, "dropout": 0.0}},
        teachers=[{"path": str(teacher)}],
        methods=methods,
        augmentation={"flip": False, "crop": 1},
        epochs=2,
    )


@pytest.fixture(scope="module")
def alone(asked: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(asked.to_value(), tmp_path_factory.mktemp("alone") / "run")


def train_on(devices: int, asked: Recipe, folder: Path, stop_at: int = -1, strategy: str = "ddp") -> None:
    file = folder.with_suffix(".json")
    file.write_text(asked.model_dump_json())
    given = [str(devices), str(file), str(folder), str(stop_at), strategy]
    command = [sys.executable, "-W", "error", str(PROGRAM), *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr


def losses(folder: Path) -> list[tuple[int, str, dict[str, float], dict[str, float]]]:
    return [(e.step, e.learner, e.terms, e.gradient_norms) for e in Run(folder).events if isinstance(e, Losses)]


def weights(folder: Path, learner: str) -> dict[str, Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / f"{learner}.safetensors")


def assert_alike(one: Path, other: Path) -> None:
    assert len(losses(one)) == len(losses(other)) > 0
    for (step, learner, terms, norms), (own_step, own_learner, own_terms, own_norms) in zip(
        losses(one), losses(other), strict=True
    ):
        assert (step, learner) == (own_step, own_learner)
        assert own_terms == pytest.approx(terms, rel=1e-4, abs=1e-5), step
        assert own_norms == pytest.approx(norms, rel=1e-3, abs=1e-5), step
    for learner in ("student", "baseline"):
        expected, found = weights(one, learner), weights(other, learner)
        assert all(float((expected[name] - found[name]).abs().max()) < 5e-4 for name in expected), learner


@pytest.mark.timeout(300)
def test_that_two_processes_learn_what_one_learns_with_the_whole_batch(
    asked: Recipe, alone: Path, tmp_path: Path
) -> None:
    train_on(2, asked, tmp_path / "run")
    assert_alike(alone, tmp_path / "run")
    assert Run(tmp_path / "run").status.state == "finished"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_two_processes_with_a_part_of_the_student_each_learn_the_same(
    asked: Recipe, alone: Path, tmp_path: Path
) -> None:
    train_on(2, asked, tmp_path / "run", strategy="fsdp")
    assert_alike(alone, tmp_path / "run")
    assert Run(tmp_path / "run").status.state == "finished"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_that_a_run_goes_on_with_another_number_of_devices(asked: Recipe, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    for devices, stop_at, strategy in (
        (2, 12, "ddp"),
        (1, 31, "ddp"),
        (2, 61, "fsdp"),
        (1, 70, "ddp"),
        (2, -1, "fsdp"),
    ):
        train_on(devices, asked, folder, stop_at, strategy)
        assert Run(folder).status.state == ("stopped" if stop_at > 0 else "finished")
    assert_alike(alone, folder)
