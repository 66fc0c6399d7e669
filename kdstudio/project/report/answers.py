"""The answers that a report looks at: all models on the same inputs, and what those inputs look like."""

import base64
import io
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.alignment import align
from kdstudio.core.errors import KdStudioError, RunError
from kdstudio.core.types import Predictions
from kdstudio.data.dataset import Part
from kdstudio.data.face import face
from kdstudio.data.read import chosen
from kdstudio.data.splits import divide
from kdstudio.project.run import Run

_SMALLEST = 64  # pixels: smaller pictures are enlarged, so that a browser does not blur them
_WORDS = 280  # letters of a text that are shown


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the student, and where they are there teacher and baseline, answered to the inputs of one split."""

    split: str
    epoch: str
    student: Predictions
    teacher: Predictions | None
    baseline: Predictions | None

    @property
    def models(self) -> dict[str, Predictions]:
        """Those that are there, by name, teacher first."""
        named = {"teacher": self.teacher, "student": self.student, "baseline": self.baseline}
        return {name: one for name, one in named.items() if one is not None}


def answers_of(run: Run) -> Answers:
    """Return the test answers of the best epoch, or what the run has so far; RunError where it has none."""
    for split in ("test", "validation"):
        for epoch in ("best", "last"):
            if epoch in run.epochs("student", split):
                return _aligned(run, split, epoch)
    hint = "They are written at the end of the first epoch: try again then."
    raise RunError(f"{run.name} has no answers of a student yet", hint=hint, where=str(run.folder.path))


def _aligned(run: Run, split: str, epoch: str) -> Answers:
    found = {"student": run.predictions("student", split, epoch)}
    for name, when in (("teacher", "last"), ("baseline", epoch)):
        if when in run.epochs(name, split):
            found[name] = run.predictions(name, split, when)
    found = dict(zip(found, align(*found.values()), strict=True))
    return Answers(split, epoch, found["student"], found.get("teacher"), found.get("baseline"))


def part_of(run: Run, split: str) -> Part | None:
    """Return the inputs of a split, None where the data is no longer where the recipe says, or has changed."""
    recipe = run.recipe
    if recipe is None:
        return None
    try:
        parts = divide(chosen(recipe.data, recipe.task), recipe.data, recipe.seed)
    except KdStudioError:
        return None
    return {"validation": parts.validation, "test": parts.test}[split]


@dataclass(frozen=True, slots=True)
class Look:
    """One input in a page: a picture as a `data:` address, or the words of a text or of a row."""

    picture: str = ""
    words: str = ""


def looks(part: Part | None, rows: np.ndarray) -> list[Look]:
    """Return what can be shown of the inputs of these rows (n,) of the data set."""
    if part is None:
        return [Look() for _ in rows]
    place = {int(row): at for at, row in enumerate(part.index)}
    if any(int(row) not in place for row in rows):  # other data than the run saw
        return [Look() for _ in rows]
    return [_look(part, value) for value in part.read(np.array([place[int(row)] for row in rows], dtype=np.int64))]


def _look(part: Part, value: np.ndarray) -> Look:
    seen = face(part.inputs, value)
    if seen.picture is None:
        return Look(words=seen.line if len(seen.line) <= _WORDS else f"{seen.line[:_WORDS]} …")
    from PIL import Image

    bytes_ = seen.picture if seen.picture.dtype == np.uint8 else (seen.picture * 255).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(bytes_[0] if len(bytes_) == 1 else np.moveaxis(bytes_, 0, -1))
    times = max(1, -(-_SMALLEST // max(picture.size)))
    picture = picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return Look(picture=f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}")
