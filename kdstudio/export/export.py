"""Exporting the student of a run: written, checked through its runtime, and only then put in place."""

import shutil
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from kdstudio.core.errors import ExportError, Problem, RunError
from kdstudio.core.events import Event, Progress, Started
from kdstudio.core.files import newest_whole
from kdstudio.core.layout import RunFolder
from kdstudio.data.dataset import Part
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.export.bundle import write_bundle, write_report
from kdstudio.export.formats import Exporter, exporter
from kdstudio.export.verify import verify
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.recipe.report import ExportReport

CHECKPOINTS = ("best", "last")
LARGEST_CHECK = 10_000  # test inputs; up to so many the accuracy is that of the whole test set


@dataclass(frozen=True, slots=True)
class _Student:
    """What is exported, and what it is checked with."""

    model: Model
    recipe: Recipe
    summary: dict[str, Any] | None
    shape: tuple[int, int, int]
    images: np.ndarray  # (N, C, H, W) uint8
    targets: np.ndarray


def export(
    run: Path, to: Path, formats: Sequence[str] = ("onnx", "safetensors"), checkpoint: str = "best"
) -> Generator[Event, object, list[ExportReport]]:
    """Write the student of `run` into the folder `to` in each format and return a report on each file.

    A file that fails its check goes to `to/failed/`. Raises RunError without a checkpoint, ExportError for an unknown
    format or a folder that cannot be written.
    """
    wanted = [(name, exporter(name)) for name in dict.fromkeys(formats)]
    yield Started(task="export", total=len(wanted))
    yield Progress(done=0, total=len(wanted), doing="Opening the student")
    student = _open(run, checkpoint)
    workshop = _workshop(to)
    try:
        reports: list[ExportReport] = []
        for name, format_ in wanted:
            yield Progress(done=len(reports), total=len(wanted), doing=f"Writing {format_.title}")
            reports.append((yield from _one(student, name, format_, workshop, to)))
        has_onnx = any(report.passed and report.format == "onnx" for report in reports)
        files = write_bundle(workshop, student.model, student.recipe, student.summary, student.shape, has_onnx=has_onnx)
        reports = [report.model_copy(update={"files": (Path(report.path).name, *files)}) for report in reports]
        write_report(workshop, [report.model_dump(mode="json") for report in reports])
        for file in sorted(workshop.iterdir()):
            _place(file, to)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return reports


def _open(run: Path, checkpoint: str) -> _Student:
    if checkpoint not in CHECKPOINTS:
        raise ExportError(f"There is no checkpoint called {checkpoint!r}.", hint="Use best or last.")
    folder = RunFolder(run)
    if not folder.recipe.exists():
        raise RunError(f"{run} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper.")
    place = newest_whole(folder.checkpoint(checkpoint))
    if place is None:
        raise RunError(f"{run} has no checkpoint {checkpoint!r} yet.", hint="Let it train for an epoch, or resume it.")
    recipe = parse(read_json(folder.recipe))
    splits = divide(read(Path(recipe.data.path)), recipe.data, recipe.seed)
    images, targets = _pixels(splits.test)
    summary = read_json(folder.summary) if folder.summary.exists() else None
    return _Student(load(place / "student.safetensors"), recipe, summary, splits.test.inputs.shape, images, targets)


def _pixels(test: Part) -> tuple[np.ndarray, np.ndarray]:
    """Return the test inputs as the exported file takes them, (N, C, H, W) uint8, with their labels (N,)."""
    positions = np.unique(np.linspace(0, len(test) - 1, min(len(test), LARGEST_CHECK)).astype(np.int64))
    inputs = test.read(positions)
    if inputs.dtype != np.uint8:
        inputs = np.clip(np.rint(inputs * 255), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(inputs), test.targets[positions]


def _workshop(to: Path) -> Path:
    try:
        to.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix=".export-", dir=to))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"cannot write to {to}: {reason}", hint="Choose another folder.", where=str(to)) from error


def _one(
    student: _Student, name: str, format_: type[Exporter], workshop: Path, to: Path
) -> Generator[Event, object, ExportReport]:
    file = workshop / format_.file
    try:
        format_.write(student.model, student.shape, file)
        answers = format_.open(file)
        verdict = yield from verify(student.model, answers, student.images, student.targets, format_.title)
    except (RuntimeError, ValueError, TypeError) as error:
        hint = "Choose another format; the details are in the log."
        raise ExportError(f"{format_.title} cannot hold this student: {error}", hint=hint) from error
    problems: tuple[Problem, ...] = ()
    place = to / format_.file
    if not verdict.passed:
        share = f"{1 - verdict.agreement:.1%} of {verdict.inputs:,} inputs"
        message = f"The exported file disagrees on {share} (largest difference {verdict.largest_difference:.2g})."
        problems = (Problem(message=message, hint="It was set aside in the folder failed; try another format."),)
        (workshop / "failed").mkdir(exist_ok=True)
        file = file.rename(workshop / "failed" / file.name)
        place = to / "failed" / format_.file
    return ExportReport(
        path=str(place),
        format=name,
        bytes=file.stat().st_size,
        passed=verdict.passed,
        largest_difference=verdict.largest_difference,
        limit=verdict.limit,
        agreement=verdict.agreement,
        accuracy=verdict.accuracy,
        accuracy_before=verdict.accuracy_before,
        inputs=verdict.inputs,
        latency_ms=verdict.latency_ms,
        teacher_bytes=(student.summary or {}).get("teacher", {}).get("bytes") if _has_teacher(student) else None,
        differences=verdict.differences,
        problems=problems,
    )


def _has_teacher(student: _Student) -> bool:
    return bool(student.summary and student.summary.get("teacher"))


def _place(file: Path, to: Path) -> None:
    """Move a finished file into the folder, over an older one; a folder is merged."""
    target = to / file.name
    if file.is_dir():
        target.mkdir(exist_ok=True)
        for inner in file.iterdir():
            inner.replace(target / inner.name)
    else:
        file.replace(target)
