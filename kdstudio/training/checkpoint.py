"""Checkpoints: folders that are whole at every instant, and hold all that an exact resume needs.

`last/` has student.safetensors, baseline.safetensors, best-*.safetensors (so that what was best is still known when
the run goes on) and `state`; `best/` has the chosen students. A frozen teacher is never inside.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from kdstudio.core.errors import RunError
from kdstudio.core.files import newest_whole, replace_folder
from kdstudio.core.layout import RunFolder
from kdstudio.models.save import save
from kdstudio.training.learner import Learner

STATE = "state"


def write_last(folder: RunFolder, learners: list[Learner], elapsed: dict[str, float]) -> Path:
    """Write all learners' state as the checkpoint `last`, atomically. `elapsed` holds seconds spent so far."""

    def fill(target: Path) -> None:
        for learner in learners:
            save(learner.model, target / f"{learner.name}.safetensors")
            if learner.best.weights:
                save(learner.model, target / f"best-{learner.name}.safetensors", weights=learner.best.weights)
        torch.save({"learners": {x.name: x.state() for x in learners}, "elapsed": elapsed}, target / STATE)

    path = folder.checkpoint("last")
    replace_folder(path, fill)
    return path


def write_best(folder: RunFolder, learners: list[Learner]) -> Path:
    """Write the learners as they were at their best on validation, as the checkpoint `best`."""

    def fill(target: Path) -> None:
        for learner in learners:
            save(learner.model, target / f"{learner.name}.safetensors", weights=learner.best.weights or None)

    path = folder.checkpoint("best")
    replace_folder(path, fill)
    return path


def exists(folder: RunFolder) -> bool:
    """Whether there is a whole checkpoint to resume from."""
    return newest_whole(folder.checkpoint("last")) is not None


def read_last(folder: RunFolder, learners: list[Learner]) -> dict[str, float]:
    """Restore all learners from the newest whole copy of `last`; return the seconds spent before."""
    path = newest_whole(folder.checkpoint("last"))
    if path is None:
        raise RunError(f"{folder.path} has no whole checkpoint.", hint="Start the run anew from its recipe.json.")
    state: dict[str, Any] = torch.load(path / STATE, map_location="cpu", weights_only=True)
    for learner in learners:
        if learner.name not in state["learners"]:
            raise RunError(f"The checkpoint has no {learner.name}.", hint="Start the run anew from its recipe.json.")
        learner.model.module.load_state_dict(load_file(path / f"{learner.name}.safetensors"))
        learner.restore(state["learners"][learner.name])
        best = path / f"best-{learner.name}.safetensors"
        learner.best.weights = load_file(best) if best.exists() else {}
    elapsed: dict[str, float] = state["elapsed"]
    return elapsed
