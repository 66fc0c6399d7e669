"""Exporting the student of a run: written, checked through its runtime, and only then put in place."""

import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from kdstudio.core.errors import ExportError, Problem
from kdstudio.core.events import Event, Progress, Started
from kdstudio.core.files import bytes_of, deflated_size
from kdstudio.core.spread import spread
from kdstudio.core.targets import HEADLINE
from kdstudio.export.archive import archive
from kdstudio.export.bundle import write_bundle, write_report
from kdstudio.export.digests import FILE as DIGESTS
from kdstudio.export.digests import kept, origin, write_digests
from kdstudio.export.formats import ROUNDED, Answers, Exporter, Noted, exporter
from kdstudio.export.needs import needs
from kdstudio.export.opening import Student, open_student
from kdstudio.export.probabilities import add_probabilities
from kdstudio.export.shifting import with_shift
from kdstudio.export.speed import Speeds, measured
from kdstudio.export.verify import Check, latency, verify
from kdstudio.models.preprocessing.base import Feed
from kdstudio.recipe.exported import REPORT, remember
from kdstudio.recipe.report import FAILED, ExportReport, Speed

SEEN, BATCH = 500, 50  # training inputs that a format may look at, and how many at once
SLIGHT = 0.001  # accuracy that another device or rounded inputs may cost


def export(
    run: Path,
    to: Path,
    formats: Sequence[str] = ("onnx", "safetensors"),
    checkpoint: str = "best",
    *,
    probabilities: bool = False,
    zipped: bool = False,
    shifted: bool = False,
) -> Generator[Event, object, list[ExportReport]]:
    """Write the student of `run` into the folder `to` in each format and return a report on each file.

    `probabilities` gives ONNX files a second output of that name, `zipped` puts what passed into `to`.zip as well, and
    `shifted` shifts the biases of its classes first.

    A file that fails its check goes to `to/failed/`; a format that cannot hold the student is a failed report as long
    as another one can. Files of other formats that the folder has of the same student stay, with their reports. Raises
    RunError without a checkpoint, ExportError for an unknown format or a folder that cannot be written.
    """
    wanted = {name: exporter(name) for name in sorted(formats)}  # plain ONNX before what is made from it
    if not wanted:
        raise ExportError("No format was chosen.", hint="Choose at least one.")
    yield Started(task="export", total=len(wanted))
    yield Progress(done=0, total=len(wanted), doing="Opening the student")
    student = open_student(run, checkpoint)
    student = with_shift(student) if shifted else student
    with _workshop(to) as folder:
        files = yield from _write(student, wanted, folder, probabilities)
        allowed = {name: ROUNDED if student.model.spec.bits else one.tolerance for name, one in wanted.items()}
        check = yield from verify(student.model, files.answers, student.splits.test, allowed)
        fed = student.model.preprocessing.feed(student.splits.test.read(np.arange(1)))
        reports: list[ExportReport] = []
        yield Progress(done=0, total=len(wanted), doing="Timing answers")
        speeds = measured({name: files.paths[name] for name in files.answers}, fed)
        for name, format_ in wanted.items():
            yield Progress(done=len(reports), total=len(wanted), doing=f"Timing {format_.title}")
            reports.append(_report(student, name, files, check, fed, to, speeds.get(name)))
        yield Progress(done=len(wanted), total=len(wanted), doing="Writing the model card")
        made_from = origin(student, probabilities=probabilities)
        reports = _finish(student, check, [*reports, *kept(to, made_from, wanted)], folder, to, made_from)
        remember(student.folder, to)
        return [one.model_copy(update={"zipped": str(_packed(to, reports))}) for one in reports] if zipped else reports


@dataclass(slots=True)
class _Written:
    """What the formats gave: files with how they answer, or why a format cannot hold the student."""

    paths: dict[str, Path] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    refusals: dict[str, ExportError] = field(default_factory=dict)


def _write(
    student: Student, wanted: dict[str, type[Exporter]], folder: Path, probabilities: bool
) -> Generator[Event, object, _Written]:
    files = _Written()
    for done, (name, format_) in enumerate(wanted.items()):
        yield Progress(done=done, total=len(wanted), doing=f"Writing {format_.title}")
        files.paths[name] = folder / format_.file
        try:
            format_.write(student.model, student.shape, files.paths[name], _feeds(student))
            files.answers[name] = format_.open(files.paths[name])
        except ExportError as error:
            files.refusals[name] = error
            _remove(files.paths[name])
    if not files.answers:
        raise next(iter(files.refusals.values()))
    if probabilities:  # last, because other files are made from the plain graph
        for name in (name for name in files.answers if files.paths[name].suffix == ".onnx"):
            add_probabilities(files.paths[name], student.model.task)
            files.answers[name] = wanted[name].open(files.paths[name])
    return files


def _packed(to: Path, reports: Sequence[ExportReport]) -> Path:
    """Put what passed its check, with all that lies beside it, into one file."""
    names = [REPORT, *(name for one in reports for name in one.files)]
    failed = {Path(one.path).name for one in reports if not one.passed}
    return archive(to, (name for name in names if name not in failed))


def _feeds(student: Student) -> Iterator[Feed]:
    """Give a few hundred training inputs as a graph takes them, batch by batch."""
    train = student.splits.train
    positions = spread(len(train), SEEN)
    for start in range(0, len(positions), BATCH):
        yield student.model.preprocessing.feed(train.read(positions[start : start + BATCH]))


def _report(
    student: Student, name: str, files: _Written, check: Check, fed: Feed, to: Path, speeds: tuple[Speeds, int] | None
) -> ExportReport:
    path = files.paths[name]
    if name in files.refusals:
        problems = tuple(files.refusals[name].problems)
        return ExportReport(path=str(to / FAILED / path.name), format=name, bytes=0, passed=False, problems=problems)
    verdict = check.verdicts[name]
    return ExportReport(
        path=str(to / path.name if verdict.passed else to / FAILED / path.name),
        format=name,
        bytes=bytes_of(path),
        compressed=deflated_size(path) if student.model.spec.sparse else None,
        passed=verdict.passed,
        largest_difference=verdict.largest_difference,
        limit=verdict.limit,
        agreement=verdict.agreement,
        accuracy=verdict.accuracy,
        accuracy_before=check.accuracy,
        task=check.student.task,
        inputs=len(check.student.index),
        latency_ms=latency(files.answers[name], fed),
        speeds=tuple(Speed.model_validate(one) for one in (speeds[0] if speeds else ())),
        memory=speeds[1] if speeds else None,
        needs=needs(path),
        teacher_bytes=student.teacher_bytes,
        teacher_latency_ms=student.teacher_latency,
        differences=verdict.differences,
        differing=verdict.differing,
        problems=(*_failure(check, name, to / path.name), *_surprise(student, check), *_noted(files.answers[name])),
    )


def _failure(check: Check, name: str, place: Path) -> list[Problem]:
    """Say how a file that failed its check differs."""
    verdict, inputs = check.verdicts[name], len(check.student.index)
    if verdict.passed:
        return []
    if verdict.largest_difference is None:
        message = "The exported file answers with values that are no numbers."
    elif verdict.limit is None:
        measure, before, after = HEADLINE[check.student.task], check.accuracy, verdict.accuracy
        lost = "" if before is None or after is None else f"; its {measure} falls from {before:.3f} to {after:.3f}"
        message = f"The exported file answers otherwise for {1 - verdict.agreement:.1%} of {inputs:,} inputs{lost}."
    else:
        share = f"{1 - verdict.agreement:.1%} of {inputs:,} inputs"
        message = f"The exported file disagrees on {share} (largest difference {verdict.largest_difference:.2g})."
    hint = "It was set aside in the folder failed; try another format."
    if place.exists():
        hint += f" The {place.name} that was there before is still the old one."
    return [Problem(message=message, hint=hint)]


def _noted(answers: Answers) -> list[Problem]:
    return [answers.note] if isinstance(answers, Noted) else []


def _surprise(student: Student, check: Check) -> list[Problem]:
    """Say so where the student is not as accurate as the run's final report has it, on the same inputs."""
    measure = HEADLINE[student.model.task]
    told = (student.summary or {}).get("student", {}).get(measure)
    if student.checkpoint != "best" or student.shift or not check.is_whole or told is None or check.accuracy is None:
        return []
    gap = abs(told - check.accuracy)
    if gap == 0:
        return []
    message = f"The student is right on {check.accuracy:.2%} of the test inputs; the run's report says {told:.2%}."
    if measure != "accuracy":
        message = (
            f"The student's {measure} on the test inputs is {check.accuracy:.4f}; the run's report says {told:.4f}."
        )
    if gap > SLIGHT:
        return [Problem(message=message, hint="Have the data changed since? Then train again.", severity="warning")]
    hint = "It was trained on another device, or the data are finer than the 256 steps of a pixel."
    return [Problem(message=message, hint=hint, severity="note")]


def _finish(
    student: Student, check: Check, reports: list[ExportReport], folder: Path, to: Path, made_from: str
) -> list[ExportReport]:
    """Write what belongs beside the files, set aside what failed, and move everything into place."""
    beside = [*write_bundle(folder, student, check, reports), DIGESTS]
    reports = [report.model_copy(update={"files": (Path(report.path).name, *beside)}) for report in reports]
    write_report(folder, reports)
    for report in reports:
        file = folder / Path(report.path).name
        if not report.passed and file.exists():
            (folder / FAILED).mkdir(exist_ok=True)
            file.rename(folder / FAILED / file.name)
    write_digests(folder, made_from, to, reports)
    for file in sorted(folder.iterdir()):
        _place(file, to)
    return reports


@contextmanager
def _workshop(to: Path) -> Iterator[Path]:
    """Make a folder beside the files to be, on the same disk so that they can be moved; it is gone afterwards."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=".export-", dir=to))
    except OSError as error:
        raise _unwritable(to, error) from error
    try:
        yield folder
    except OSError as error:
        raise _unwritable(to, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unwritable(to: Path, error: OSError) -> ExportError:
    reason = error.strerror or str(error)
    return ExportError(f"cannot write to {to}: {reason}", hint="Make room or choose another folder.", where=str(to))


def _place(file: Path, to: Path) -> None:
    """Move a finished file into the folder, over an older one; a folder is merged."""
    target = to / file.name
    if file.is_dir():
        target.mkdir(exist_ok=True)
        for inner in file.iterdir():
            _place(inner, target)
    else:
        file.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
