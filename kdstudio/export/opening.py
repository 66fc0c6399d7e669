"""What is exported: the student of a run's checkpoint, with the recipe, report and data that it is checked against."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ExportError, RunError
from kdstudio.core.files import newest_whole
from kdstudio.core.layout import RunFolder
from kdstudio.data.dataset import Dataset
from kdstudio.data.read import chosen
from kdstudio.data.splits import Splits, divide
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse, read_json

CHECKPOINTS = ("best", "last")


@dataclass(frozen=True, slots=True)
class Student:
    """A run's student in eval mode on the CPU. `summary` is the run's final report, None before there is one."""

    model: Model
    checkpoint: str  # best or last
    folder: RunFolder
    recipe: Recipe
    summary: dict[str, Any] | None
    splits: Splits
    shift: tuple[float, ...] = ()  # what was added to the biases of its classes

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input of the data: what an exported file takes."""
        return self.splits.test.inputs.shape

    @property
    def teacher_bytes(self) -> int | None:
        """Size of the teacher: of its weights as the report has it, else of its file; None without a teacher."""
        told = (self.summary or {}).get("teacher")
        if told and told.get("bytes"):
            return int(told["bytes"])
        files = [Path(teacher.path) for teacher in self.recipe.teachers if teacher.path]
        return files[0].stat().st_size if files and files[0].is_file() else None

    @property
    def teacher_latency(self) -> float | None:
        """Milliseconds of the teacher's answer to one input when the run ended; None where that was not measured."""
        told = ((self.summary or {}).get("timing") or {}).get("latency", {}).get("teacher")
        return None if told is None else float(told["milliseconds"])


def _data(recipe: Recipe, model: Model) -> Dataset:
    """Return the data of a run; inputs without labels have the task of the student that learned from them."""
    dataset = chosen(recipe.data, recipe.task)
    return dataset.with_classes(model.class_names, model.spec.classes, model.task)


def open_student(run: Path, checkpoint: str) -> Student:
    """Open the student of `run` at a checkpoint; raises RunError or ExportError, ModelError, DataError as they come."""
    if checkpoint not in CHECKPOINTS:
        raise ExportError(f"There is no checkpoint called {checkpoint!r}.", hint="Use best or last.")
    folder = RunFolder(run)
    if not folder.recipe.exists():
        raise RunError(f"{run} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper.")
    place = newest_whole(folder.checkpoint(checkpoint))
    if place is None:
        raise RunError(f"{run} has no checkpoint {checkpoint!r} yet.", hint="Let it train for an epoch, or resume it.")
    if checkpoint == "best" and place.name.endswith(".previous"):  # another student than the report is about
        hint = "Export the checkpoint `last`, or resume the run: it writes the best one anew while it trains."
        raise RunError(f"the checkpoint 'best' of {run} is damaged", hint=hint)
    if not (place / "student.safetensors").exists():
        hint = "An earlier stage was still learning: resume the run."
        raise RunError(f"the student has not begun to learn in {run}", hint=hint)
    recipe = parse(read_json(folder.recipe))
    model = load(place / "student.safetensors")
    model.module.eval()
    splits = divide(_data(recipe, model), recipe.data, recipe.seed)
    return Student(
        model=model.suited(splits.test.inputs),  # the data may have been saved with its columns in another order
        checkpoint=checkpoint,
        folder=folder,
        recipe=recipe,
        summary=read_json(folder.summary) if folder.summary.exists() else None,
        splits=splits,
    )
