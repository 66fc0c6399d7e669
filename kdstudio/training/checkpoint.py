"""Checkpoints: folders that are whole at every instant, and hold all that an exact resume needs.

`last/` has student.safetensors, baseline.safetensors, best-*.safetensors (so that what was best is still known when
the run goes on) and `state`; `best/` has the chosen students. A frozen teacher is never inside; one that comes into
being with the student (an average, peers) is.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from kdstudio.core.errors import RunError
from kdstudio.core.files import newest_whole, replace_folder
from kdstudio.core.layout import RunFolder
from kdstudio.models.build import restore
from kdstudio.models.save import save
from kdstudio.training.learner import Learner
from kdstudio.training.teachers import Teacher

STATE = "state"


def write_last(folder: RunFolder, learners: list[Learner], teacher: Teacher | None, elapsed: dict[str, float]) -> Path:
    """Write all learners' state as the checkpoint `last`, atomically. `elapsed` holds seconds spent so far."""

    def fill(target: Path) -> None:
        for learner in learners:
            save(learner.model, target / f"{learner.name}.safetensors")
            if learner.best.weights:
                save(learner.model, target / f"best-{learner.name}.safetensors", weights=learner.best.weights)
        state = {"learners": {x.name: x.state() for x in learners}, "elapsed": elapsed}
        torch.save(state | {"teacher": teacher.state() if teacher is not None else {}}, target / STATE)

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


def read_last(folder: RunFolder, learners: list[Learner], teacher: Teacher | None) -> dict[str, float]:
    """Restore learners and teacher from the newest whole copy of `last`; return the seconds spent before."""
    path = newest_whole(folder.checkpoint("last"))
    if path is None:
        raise RunError(f"{folder.path} has no whole checkpoint.", hint="Start the run anew from its recipe.json.")
    state: dict[str, Any] = torch.load(path / STATE, map_location="cpu", weights_only=True)
    for learner in learners:
        if learner.name not in state["learners"]:
            raise RunError(f"The checkpoint has no {learner.name}.", hint="Start the run anew from its recipe.json.")
        restore(learner.model.module, load_file(path / f"{learner.name}.safetensors"))
        learner.restore(state["learners"][learner.name])
        best = path / f"best-{learner.name}.safetensors"
        learner.best.weights = load_file(best) if best.exists() else {}
    if teacher is not None and state.get("teacher"):
        teacher.restore(state["teacher"])
    elapsed: dict[str, float] = state["elapsed"]
    return elapsed
