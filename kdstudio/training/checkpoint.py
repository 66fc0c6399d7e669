"""Checkpoints: folders that are whole at every instant, and hold all that an exact resume needs.

`last/` has student.safetensors, baseline.safetensors, best-*.safetensors (so that what was best is still known when
the run goes on) and `state`; `best/` has the chosen students. A teacher from a file is never inside; one that comes
into being in the run (an average, peers, an assistant, a past self) is, in `last/` alone.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from kdstudio.core.errors import Problem, RunError
from kdstudio.core.files import DIGEST, copies, newest_whole, replace_folder, write_bytes
from kdstudio.core.layout import RunFolder
from kdstudio.models.build import restore
from kdstudio.models.model import Model
from kdstudio.models.save import save
from kdstudio.training.learner import Learner
from kdstudio.training.teachers import Teacher

STATE = "state"


@dataclass(frozen=True, slots=True)
class Past:
    """A learner of an earlier stage: its model, with its best weights, and the epoch that they are of."""

    name: str
    model: Model
    epoch: int


def write_last(
    folder: RunFolder,
    learners: list[Learner],
    states: dict[str, Any],
    teacher: Teacher | None,
    elapsed: dict[str, float],
    past: Sequence[Past] = (),
) -> Path:
    """Write all learners with their `states` as the checkpoint `last`, atomically. `elapsed`: seconds spent so far.

    The best weights of the stages `past` are in it too: the last of them is a teacher that no file holds.
    """

    def fill(target: Path) -> None:
        for learner in learners:
            save(learner.model, target / f"{learner.name}.safetensors")
            if learner.best.weights:
                save(learner.model, target / f"best-{learner.name}.safetensors", weights=learner.best.weights)
        for one in past:
            save(one.model, target / f"best-{one.name}.safetensors")
        state: dict[str, Any] = {"learners": states, "elapsed": elapsed}
        state["past"] = {one.name: one.epoch for one in past}
        buffer = io.BytesIO()  # torch tells of a full disk in words that only it knows
        torch.save(state | {"teacher": teacher.state() if teacher is not None else {}}, buffer)
        write_bytes(target / STATE, buffer.getvalue())

    path = folder.checkpoint("last")
    replace_folder(path, fill, _prove)
    return path


def write_best(folder: RunFolder, learners: list[Learner]) -> Path:
    """Write the learners as they were at their best on validation, as the checkpoint `best`."""

    def fill(target: Path) -> None:
        for learner in learners:
            save(learner.model, target / f"{learner.name}.safetensors", weights=learner.best.weights or None)

    path = folder.checkpoint("best")
    replace_folder(path, fill, _prove)
    return path


def exists(folder: RunFolder) -> bool:
    """Whether a checkpoint was ever finished; its digest is written last."""
    return any((path / DIGEST).exists() for path in copies(folder.checkpoint("last")))


def damage(folder: RunFolder) -> Problem | None:
    """Return what to tell where the newest checkpoint is damaged, and an older one is used instead."""
    whole = newest_whole(folder.checkpoint("last"))
    newer = [path for path in copies(folder.checkpoint("last")) if path != whole and (path / DIGEST).exists()]
    if whole is None or not newer or not whole.name.endswith(".previous"):
        return None
    return Problem(
        message="the last checkpoint is damaged, so the run goes on from the one before it",
        hint="Nothing has to be done; check the disk if this comes again.",
        where=str(newer[-1]),
        severity="warning",
    )


def read_past(folder: RunFolder) -> dict[str, tuple[int, dict[str, Tensor]]]:
    """Return the best epoch and weights of the learners of all earlier stages by name, in their order."""
    path, state = _opened(folder)
    return {
        name: (epoch, load_file(path / f"best-{name}.safetensors")) for name, epoch in state.get("past", {}).items()
    }


def read_last(folder: RunFolder, learners: list[Learner], teacher: Teacher | None) -> dict[str, float]:
    """Restore learners and teacher from the newest whole copy of `last`; return the seconds spent before."""
    path, state = _opened(folder)
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


def _opened(folder: RunFolder) -> tuple[Path, dict[str, Any]]:
    path = newest_whole(folder.checkpoint("last"))
    if path is None:
        raise RunError(
            "No checkpoint of this run can be read: their files are damaged.",
            hint="Copy the folder from a backup, or delete `checkpoints` in it and resume to start from the beginning.",
            where=str(folder.path / "checkpoints"),
        )
    return path, torch.load(path / STATE, map_location="cpu", weights_only=True)


def _prove(path: Path) -> None:
    """Read a new checkpoint back as a resume would; what cannot be read raises before it replaces the old one."""
    for file in path.glob("*.safetensors"):
        load_file(file)
    if (path / STATE).exists():
        torch.load(path / STATE, map_location="cpu", weights_only=True)
