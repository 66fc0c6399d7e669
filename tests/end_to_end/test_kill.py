"""kill -9 at random instants: the run goes on from its last checkpoint and ends with the same bits.

KDSTUDIO_KILLS says how often the slow tests kill, KDSTUDIO_SEED which instants are drawn.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from kdstudio.core import events
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import load
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


def terminal(recipe: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Begin or go on as in a terminal."""
    begun = RunFolder(folder).recipe.exists()
    return run("train", "--resume", "--run", folder) if begun else run("train", recipe, "--run", folder)


def engine(recipe: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Begin or go on in an engine, as a window asks it to."""
    begun = RunFolder(folder).recipe.exists()
    ask = {"ask": "resume"} if begun else {"ask": "train", "recipe": load(recipe).to_value()}
    process = subprocess.Popen(
        [sys.executable, "-m", "kdstudio.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin
    process.stdin.write(json.dumps({"id": 1, "run": str(folder), **ask}).encode() + b"\n")
    process.stdin.flush()
    return process


def window(recipe: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Begin or go on in the real window, with its engine."""
    script = Path(__file__).with_name("killed_window.py")
    homes = {f"XDG_{name}_HOME": str(folder.parent / name) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    place = os.environ | homes | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(script), str(recipe), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=place)


WAYS = {"terminal": terminal, "engine": engine, "window": window}
SEED = int(os.environ.get("KDSTUDIO_SEED", "0"))


def often(usual: int) -> int:
    return int(os.environ.get("KDSTUDIO_KILLS", usual))


def weights(folder: Path) -> dict[str, np.ndarray]:
    place = RunFolder(folder).checkpoint("last")
    names = ("student", "baseline")
    return {f"{n}/{k}": v.numpy() for n in names for k, v in load_file(place / f"{n}.safetensors").items()}


def told(folder: Path) -> dict[str, Any]:
    """What the run says of itself, nothing before it does."""
    try:
        found = json.loads((folder / "status.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def wait(process: subprocess.Popen[bytes], folder: Path, until: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until what the run says is so, or it is finished, or its process has ended."""
    while process.poll() is None and told(folder).get("state") != "finished" and not until(told(folder)):
        threading.Event().wait(0.01)


def kill(process: subprocess.Popen[bytes], engine: int | None) -> None:
    """Kill a window, and its engine where one is given; otherwise what was started itself."""
    for pid in filter(None, (process.pid, engine)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()


def end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Let a run come to its end, and what trains it too."""
    wait(process, folder, lambda _: False)
    if process.stdin:
        process.stdin.close()
    assert process.wait() == 0


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("way", "kills"),
    [
        ("terminal", 1),
        pytest.param("terminal", often(10), marks=pytest.mark.slow),
        pytest.param("engine", often(50), marks=pytest.mark.slow),
        pytest.param("window", often(20), marks=pytest.mark.slow),
    ],
)
def test_that_a_killed_run_ends_with_the_bits_of_an_uninterrupted_one(
    recipe: Path, tmp_path: Path, way: str, kills: int
) -> None:
    """In the window, its engine is killed with it every other time; left alone it saves and ends by itself."""
    asked, epochs = recipe.with_name(f"{way}-{kills}.json"), 10 + 3 * (kills - 1)
    asked.write_text(json.dumps(json.loads(recipe.read_text()) | {"epochs": epochs}))
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    assert run("train", asked, "--run", whole).wait() == 0
    generator = random.Random(f"{SEED}/{way}/{kills}")
    done = 0
    while told(folder).get("state") != "finished" and done < kills:
        since = time.time()
        process = WAYS[way](asked, folder)
        wait(process, folder, lambda now, since=since: now.get("step", 0) > 0 and now.get("updated", 0) > since)
        instant = time.monotonic() + generator.uniform(0.0, 0.4 if way == "terminal" else 1.0)
        wait(process, folder, lambda _, instant=instant: time.monotonic() > instant)
        if told(folder).get("state") == "finished":
            end(process, folder)
            break  # it was quicker than the kills
        kill(process, told(folder).get("pid") if way == "window" and done % 2 else None)
        done += 1
    if told(folder).get("state") != "finished":
        end(WAYS[way](asked, folder), folder)
    print(f"{way}: {done} kills, {kills} wanted")  # noqa: T201
    assert done >= kills // 2
    one, other = weights(whole), weights(folder)
    assert all(np.array_equal(one[key], other[key]) for key in one)
    history = events.read((folder / "events.jsonl").read_text().splitlines())
    reported = [event.epoch for event in history if event.event == "evaluated" and event.learner == "student"]
    assert reported[:epochs] == [float(epoch) for epoch in range(1, epochs + 1)]
    assert (
        json.loads((folder / "summary.json").read_text())["student"]
        == json.loads((whole / "summary.json").read_text())["student"]
    )
