"""A run read back from its folder, whatever state it is in: going on, ended, killed, or copied from elsewhere."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core import events, passages
from kdstudio.core.errors import InvalidRecipe, RunError
from kdstudio.core.events import Event, Failed, Finished, Glimpsed, Resumed, Started, Stopped
from kdstudio.core.files import DIGEST, copies, newest_whole
from kdstudio.core.layout import RunFolder
from kdstudio.core.passages import Passages
from kdstudio.core.targets import Task, answered
from kdstudio.core.types import Predictions
from kdstudio.project import lock, status
from kdstudio.project.curves import Curves, curves
from kdstudio.project.status import State, Status
from kdstudio.recipe.recipe import Recipe, parse, read_json

CHECKPOINTS = ("last", "best")
_COMPARED = 64  # answers by which a checkpoint is recognized


@dataclass(frozen=True, slots=True)
class Glimpses:
    """A learner's answers to the pinned inputs through the run.

    `index` (P,) names the inputs (empty where no event names them), `step` and `epoch` (R,) the moments, `logits`
    (R, P, C) float32 the answers.
    """

    index: np.ndarray
    step: np.ndarray
    epoch: np.ndarray
    logits: np.ndarray


class Run:
    """A run folder. Every question is answered from the disk at the time it is asked, and nothing is written.

    What is not there yet, or was torn by a kill, is None or empty; `predictions` alone raises RunError, because who
    asks for them needs them.
    """

    def __init__(self, folder: Path) -> None:
        """Raise RunError where `folder` is no run folder."""
        self.folder = RunFolder(folder.absolute())
        if not is_run(folder):
            what = "is not a run folder" if folder.is_dir() else "is not a folder" if folder.exists() else "is missing"
            hint = "Choose the folder that holds recipe.json and events.jsonl; `kdstudio train` prints its path."
            raise RunError(f"{folder} {what}", hint=hint)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.path.name

    @property
    def recipe(self) -> Recipe | None:
        """The resolved recipe, or None where it is missing or cannot be read."""
        try:
            return parse(read_json(self.folder.recipe))
        except InvalidRecipe:
            return None

    @property
    def summary(self) -> dict[str, Any] | None:
        """The final report, or None before the run is finished."""
        value = _json(self.folder.summary)
        return value if isinstance(value, dict) else None

    @property
    def status(self) -> Status:
        """Where the run stands; `interrupted` where it claims to be going on and its process is gone."""
        found = status.read(self.folder.status)
        if found is None:
            return self._status_from_events()
        is_held = lock.holder(self.folder.path) is not None if (self.folder.path / lock.NAME).exists() else None
        return status.checked(found, is_held=is_held)

    @property
    def events(self) -> list[Event]:
        """The valid history: torn lines skipped, what a `Resumed` made void left out."""
        try:
            text = self.folder.events.read_bytes().decode(errors="replace")
        except OSError:
            return []
        return events.read(text.split("\n"))

    @property
    def curves(self) -> Curves:
        """Loss terms, rates and metrics as arrays."""
        return curves(self.events)

    @property
    def started(self) -> float:
        """When the run began, in seconds since 1970: its first event, or the age of its folder."""
        try:
            with open(self.folder.events, "rb") as file:
                return events.from_json(file.readline()).time
        except (OSError, ValueError):
            return self.folder.path.stat().st_mtime

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names, or none where they are not stored."""
        value = _json(self.folder.path / "classes.json")
        names = value.get("class_names") if isinstance(value, dict) else None
        return tuple(map(str, names)) if isinstance(names, list) else ()

    @property
    def task(self) -> Task:
        """What single answers are: classes where the recipe does not say otherwise, also those of a language model."""
        recipe = self.recipe
        return "classification" if recipe is None or recipe.task == "auto" else answered(recipe.task)

    @property
    def learners(self) -> tuple[str, ...]:
        """Whose predictions are stored, teacher included, sorted by name."""
        found = (path.name for path in _folders(self.folder.path / "predictions"))
        return tuple(sorted(name for name in found if name != "passages"))

    def splits(self, learner: str) -> tuple[str, ...]:
        """The splits with stored predictions of a learner, sorted by name."""
        return tuple(sorted(path.name for path in _folders(self.folder.path / "predictions" / learner)))

    def epochs(self, learner: str, split: str) -> tuple[int | str, ...]:
        """The epochs with stored predictions: numbers ascending, then `last` and `best` where they are there."""
        stored = {path.name for path in _folders(self.folder.split(learner, split)) if (path / "logits.npy").is_file()}
        numbers = sorted(int(name) for name in stored if re.fullmatch(r"\d+", name))
        return (*numbers, *(name for name in CHECKPOINTS if name in stored))

    def predictions(self, learner: str, split: str, epoch: int | str = "last") -> Predictions:
        """Return a learner's stored answers, logits memory-mapped; RunError where there are none or they are torn."""
        path = self.folder.logits(learner, split, epoch)
        parts = self.folder.split(learner, split)
        logits, index, targets = (_array(one) for one in (path, parts / "index.npy", parts / "targets.npy"))
        if logits is None or index is None or targets is None:
            there = ", ".join(map(str, self.epochs(learner, split)))
            hint = f"There are answers for: {there}." if there else "They are written at the end of the first epoch."
            message = f"{self.name} has no answers of the {learner} for {split} at epoch {epoch}"
            raise RunError(message, hint=hint, where=str(path))
        if logits.ndim != 2 or not len(logits) == len(index) == len(targets):
            hint = "The folder was damaged or mixed with another run; evaluate again."
            raise RunError(f"the answers in {path.parent} do not belong together", hint=hint, where=str(path))
        names = self.class_names
        if len(names) != logits.shape[1]:
            names = tuple(map(str, range(logits.shape[1])))
        return Predictions(index, targets, logits, names, model=learner, split=split, task=self.task)

    def passages(self, split: str) -> Passages | None:
        """Return the passages that the answers of a language model are about; None where there are none."""
        return passages.load(self.folder.passages(split))

    def embedding(self, shown: Predictions) -> tuple[np.ndarray, np.ndarray] | None:
        """Return what the classifier was given for stored answers, and of which inputs: (n, d) and rows (n,).

        It is kept for the last and the best checkpoint; None where the answers are of neither, or nothing was kept.
        """
        for name in CHECKPOINTS:
            logits = self.folder.logits(shown.model, shown.split, name)
            values, rows = (_array(logits.with_name(f"{one}.npy")) for one in ("embedding", "embedding_index"))
            answers = _array(logits)
            if values is None or rows is None or answers is None or len(values) != len(rows):
                continue
            with np.errstate(over="ignore"):
                ours, theirs = (np.asarray(one[:_COMPARED]).astype(np.float16) for one in (shown.logits, answers))
            if np.array_equal(ours, np.clip(theirs, -65504, 65504)):
                return values, rows
        return None

    def glimpses(self, learner: str) -> Glimpses | None:
        """Return how a learner's answers to the pinned inputs moved, or None before the first one.

        The teacher has one row; its step and epoch are 0.
        """
        logits = _array(self.folder.glimpses(learner))
        if logits is None or logits.ndim != 3:
            return None
        seen = [event for event in self.events if isinstance(event, Glimpsed)]
        index = np.array(seen[-1].index if seen else [], dtype=np.int64)
        own = [e for e in seen if e.learner == learner and e.row < len(logits) and e.index == seen[-1].index]
        if learner == "teacher" and not own:
            return Glimpses(index, np.zeros(len(logits), dtype=np.int64), np.zeros(len(logits)), np.array(logits))
        if not own:
            return None
        step, epoch = np.array([event.step for event in own]), np.array([event.epoch for event in own])
        return Glimpses(index, step, epoch, np.array(logits[[event.row for event in own]]))

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Which of `last` and `best` are there, in whatever state a kill left them."""
        return tuple(
            name
            for name in CHECKPOINTS
            if any((path / DIGEST).is_file() for path in copies(self.folder.checkpoint(name)))
        )

    def checkpoint(self, name: str) -> Path | None:
        """Return the newest whole copy of a checkpoint, its digest checked, or None."""
        return newest_whole(self.folder.checkpoint(name))

    def _status_from_events(self) -> Status:
        """What can be said without a status: a run without an end was interrupted."""
        history = self.events
        state: State = "interrupted"
        for event in reversed(history):
            if isinstance(event, Finished | Stopped | Failed):
                state = event.event
            if isinstance(event, Finished | Stopped | Failed | Started | Resumed):
                break
        return Status(
            state=state,
            step=max((getattr(event, "step", 0) for event in history), default=0),
            epoch=max((getattr(event, "epoch", 0.0) for event in history), default=0.0),
            updated=history[-1].time if history else self.started,
        )


def is_run(folder: Path) -> bool:
    """Whether `folder` looks like a run folder, even of a run that has only just begun."""
    files = RunFolder(folder)
    beside = (files.provenance, files.status, files.summary)
    return files.events.is_file() or (files.recipe.is_file() and any(file.is_file() for file in beside))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _array(path: Path) -> np.ndarray | None:
    """Return a memory-mapped array, or None where it is missing, empty or torn."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return array if isinstance(array, np.ndarray) else None


def _folders(path: Path) -> list[Path]:
    try:
        return [one for one in path.iterdir() if one.is_dir()]
    except OSError:
        return []
