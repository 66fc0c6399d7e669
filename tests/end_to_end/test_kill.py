"""kill -9 at random instants: the run goes on from its last checkpoint and ends with the same bits."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from kdstudio.core import events
from kdstudio.core.layout import RunFolder
from tests.small_task import quick_recipe, write_digits

# The terminal's own command, with checkpoints so often that many a kill falls into the middle of writing one.
CODE = (
    "import sys; from kdstudio.training import distill; distill.CHECKPOINT_SECONDS = 0.05\n"
    "from kdstudio.cli import main; sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Distillation with dropout, batch normalisation, augmentation and a baseline, on real digits."""
    folder = tmp_path_factory.mktemp("kill")
    write_digits(folder / "digits.npz")
    large = {"architecture": "mlp", "knobs": {"hidden": [128], "dropout": 0.2, "batch_norm": True}}
    value = quick_recipe("digits.npz", student=large, augmentation={"crop": 1}, epochs=10, batch_size=32)
    (folder / "teacher.json").write_text(json.dumps(value | {"epochs": 3}))
    assert run("train", folder / "teacher.json", "--run", folder / "teacher").wait() == 0
    value["teachers"] = [{"path": "teacher/checkpoints/best/student.safetensors"}]
    value["methods"] = [{"method": "hard_labels", "weight": 0.2}, {"method": "soft_targets", "weight": 0.8}]
    value["student"] = {"architecture": "mlp", "knobs": {"hidden": [32], "dropout": 0.2, "batch_norm": True}}
    (folder / "recipe.json").write_text(json.dumps(value))
    return folder / "recipe.json"


def run(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CODE, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def weights(folder: Path) -> dict[str, np.ndarray]:
    place = RunFolder(folder).checkpoint("last")
    names = ("student", "baseline")
    return {f"{n}/{k}": v.numpy() for n in names for k, v in load_file(place / f"{n}.safetensors").items()}


def wait_for_steps(process: subprocess.Popen[bytes], folder: Path, since: float) -> None:
    """Wait until this process has made a step (its status is younger than its start), or has ended."""
    while process.poll() is None:
        try:
            status = json.loads((folder / "status.json").read_text())
            if status["pid"] == process.pid and status["step"] > 0 and status["updated"] > since:
                return
        except (OSError, ValueError):
            continue


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_that_a_killed_run_ends_with_the_bits_of_an_uninterrupted_one(recipe: Path, tmp_path: Path, kills: int) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    assert run("train", recipe, "--run", whole).wait() == 0
    generator = random.Random(kills)
    process = run("train", recipe, "--run", folder)
    done = 0
    while done < kills:
        wait_for_steps(process, folder, time.time())
        instant = time.monotonic() + generator.uniform(0.0, 0.4)
        while time.monotonic() < instant and process.poll() is None:
            pass
        if process.poll() is not None:
            break  # it was quicker than the kills
        process.kill()
        process.wait()
        done += 1
        process = run("train", "--resume", "--run", folder)
    assert process.wait() == 0
    assert done >= kills // 2
    one, other = weights(whole), weights(folder)
    assert all(np.array_equal(one[key], other[key]) for key in one)
    history = events.read((folder / "events.jsonl").read_text().splitlines())
    reported = [event.epoch for event in history if event.event == "evaluated" and event.learner == "student"]
    assert reported[:10] == [float(epoch) for epoch in range(1, 11)]
    assert (
        json.loads((folder / "summary.json").read_text())["student"]
        == json.loads((whole / "summary.json").read_text())["student"]
    )
