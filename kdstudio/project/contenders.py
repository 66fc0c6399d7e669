"""Models to be compared, read from run folders and from files of answers, brought to the same inputs in one order."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.errors import KdStudioError
from kdstudio.core.targets import Task, unknown
from kdstudio.core.types import Predictions
from kdstudio.data.answers.answers import Answers, read
from kdstudio.data.answers.columns import Sheet
from kdstudio.data.answers.rows import class_order
from kdstudio.project import facts
from kdstudio.project.run import Run

SPLITS = ("test", "validation", "train")  # in which order a common one is looked for


class NotComparable(KdStudioError):
    """The models answered different inputs or other classes; the hint says which and what to do."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One model: what it answered (`answers.model` is its name), where that lies, and what it costs, if known."""

    path: Path
    learner: str
    answers: Predictions
    size: dict[str, Any] = field(default_factory=dict)


def contenders(paths: Sequence[Path]) -> list[Contender]:
    """Return the models behind run folders and files of answers, all on the same inputs in the same order.

    One run gives its teacher, student and baseline; several give their students, and the teachers, each but once.
    Labels that one of them has count for all. Raises NotComparable, RunError and DataError.
    """
    for path in paths:
        if not path.exists():
            raise NotComparable("it is missing", hint="Name run folders and files of answers.", where=str(path))
    runs = [Run(path) for path in paths if path.is_dir()]
    files = [read(path) for path in paths if not path.is_dir()]
    split = _common_split(runs, files)
    task: Task = runs[0].task if runs else "classification"
    found = [one for run in runs for one in _of_run(run, split, alone=len(paths) == 1)]
    found = _once(found)
    names = max((one.answers.class_names for one in found), key=_says, default=())
    found += [_of_file(answers, split, names, task) for answers in files]
    if len(found) < 2:
        raise NotComparable("there is only one model to look at", hint="Name two runs, or files of answers, or more.")
    return _named(_together(_keyed(found, files)))


def _common_split(runs: Sequence[Run], files: Sequence[Answers]) -> str:
    """Return the part of the data that all have answered."""
    for split in SPLITS:
        has_runs = all(run.epochs("student", split) for run in runs)
        if has_runs and all(any(sheet.part in ("", split) for sheet in answers.sheets) for answers in files):
            return split
    lines = [f"{run.name}: {', '.join(run.splits('student')) or 'nothing yet'}" for run in runs]
    lines += [f"{answers.path.name}: {', '.join(sheet.part for sheet in answers.sheets)}" for answers in files]
    hint = f"Answered are {'; '.join(lines)}. Wait for the end of a run, or save the answers to the same part."
    raise NotComparable("no part of the data was answered by all of them", hint=hint)


def _of_run(run: Run, split: str, *, alone: bool) -> list[Contender]:
    """Return the teacher and the student of a run, and its baseline where the run is alone."""
    found, summary = [], run.summary or {}
    for learner in ("teacher", "student", "baseline") if alone else ("teacher", "student"):
        kept = run.epochs(learner, split)
        if not kept:
            continue
        epoch = next((name for name in ("best", "last") if name in kept), kept[-1])
        answers = run.predictions(learner, split, epoch)
        told = facts.learner(summary, learner)
        size = {key: told.get(key) for key in (*facts.SIZES, "latency_note")}
        name = learner if alone else run.name if learner == "student" else f"{run.name} {learner}"
        found.append(Contender(run.folder.path, learner, replace(answers, model=name), size))
    return found


def _once(found: Sequence[Contender]) -> list[Contender]:
    """Leave out teachers that answer as an earlier one does; a teacher of all of them is called so."""
    kept: list[Contender] = []
    for one in found:
        twins = (
            other for other in kept if other.learner == "teacher" and _same(other.answers.logits, one.answers.logits)
        )
        if one.learner != "teacher" or next(twins, None) is None:
            kept.append(one)
    teachers = [one for one in kept if one.learner == "teacher"]
    if len(teachers) == 1:
        named = replace(teachers[0], answers=replace(teachers[0].answers, model="teacher"))
        kept = [named, *(one for one in kept if one is not teachers[0])]
    return kept


def from_file(answers: Answers) -> Contender:
    """Return the model behind the first answers of a file, by itself; raises NotComparable where labels do not fit."""
    return _of_file(answers, answers.sheets[0].part, (), "classification")


def _of_file(answers: Answers, split: str, names: tuple[str, ...], task: Task) -> Contender:
    sheet = next(one for one in answers.sheets if one.part in ("", split))
    names = names or answers.class_names or tuple(map(str, range(answers.classes)))
    order, problems = class_order(answers, names)
    if order is None:
        refused = next(one for one in problems if one.severity == "error")
        raise NotComparable(refused.message, hint=refused.hint, where=str(answers.path))
    at = next(i for i, one in enumerate(answers.sheets) if one is sheet)
    rows = np.flatnonzero(answers.answered[at])
    index = rows if sheet.keys is None or sheet.keys.dtype.kind == "U" else sheet.keys[rows]
    logits = answers.logits(sheet, rows, task)[:, order]
    targets = _labels(sheet, names, answers.path)[rows] if task == "classification" else unknown(len(rows))
    made = Predictions(index, targets, logits, names, model=answers.path.stem, split=sheet.part, task=task)
    return Contender(answers.path, "answers", made)


def _labels(sheet: Sheet, names: tuple[str, ...], path: Path) -> np.ndarray:
    if sheet.labels is None:
        return unknown(len(sheet.values))
    if sheet.labels.dtype.kind == "U":
        place = {name: i for i, name in enumerate(names)}
        said = np.array([place.get(str(label), -2) for label in sheet.labels])
        if (said == -2).any():
            other = str(sheet.labels[int(np.flatnonzero(said == -2)[0])])
            hint = f"The classes are {', '.join(names[:12])}."
            raise NotComparable(f"the label {other!r} is none of the classes", hint=hint, where=str(path))
        return said
    if int(sheet.labels.max()) >= len(names):
        hint = "Classes are counted from 0."
        message = f"it has the label {int(sheet.labels.max())}, and there are {len(names)} classes"
        raise NotComparable(message, hint=hint, where=str(path))
    return sheet.labels


def _keyed(found: Sequence[Contender], files: Sequence[Answers]) -> list[Contender]:
    """Give the rows of files their inputs: by the names of files, or in order where nothing names them."""
    sheets = {answers.path: answers for answers in files}
    named = [one for one in found if one.path in sheets and _keys(sheets[one.path], one) is not None]
    runs = [one for one in found if one.path not in sheets]
    if named and len(named) < len(found):
        hint = "Give every file a column with the same names, or leave the names out."
        where = str(named[0].path)
        raise NotComparable("it names its inputs and others only count them", hint=hint, where=where)
    if named:
        keys = {one.path: _keys(sheets[one.path], one) for one in named}
        place = {name: i for i, name in enumerate(sorted({str(key) for k in keys.values() for key in k or ()}))}
        return [_indexed(one, np.array([place[str(key)] for key in keys[one.path] or ()])) for one in named]
    if not runs:
        return list(found)
    inputs = np.sort(runs[0].answers.index)
    return [
        _indexed(one, inputs)
        if one.path in sheets and _counts_only(sheets[one.path], one) and len(one.answers.index) == len(inputs)
        else one
        for one in found
    ]


def _keys(answers: Answers, one: Contender) -> list[str] | None:
    sheet = next(sheet for sheet in answers.sheets if sheet.part == one.answers.split)
    if sheet.keys is None or sheet.keys.dtype.kind != "U":
        return None
    return [str(key) for key in sheet.keys[one.answers.index]]


def _counts_only(answers: Answers, one: Contender) -> bool:
    return next(sheet for sheet in answers.sheets if sheet.part == one.answers.split).keys is None


def _indexed(one: Contender, index: np.ndarray) -> Contender:
    return replace(one, answers=replace(one.answers, index=index))


def _together(found: Sequence[Contender]) -> list[Contender]:
    """Bring all into the order of the first, refusing what answers other inputs, and share the labels."""
    first = found[0].answers
    order = np.argsort(first.index, kind="stable")
    made = []
    for one in found:
        _refuse_other(found[0], one)
        own = np.argsort(one.answers.index, kind="stable")
        rows = np.empty(len(own), dtype=np.int64)
        rows[order] = own
        is_sorted = np.array_equal(rows, np.arange(len(rows)))
        made.append(one if is_sorted else replace(one, answers=_rows(one.answers, rows)))
    targets = made[0].answers.targets
    for one in made:
        known = _is_shared(targets, one.answers)
        other = np.flatnonzero(known & (targets != one.answers.targets)) if targets.ndim == 1 else np.empty(0)
        if len(other):
            message = f"{_call(one)} has other labels for {len(other):,} of the {len(targets):,} inputs"
            hint = "They seem to be other data, or in another order: name the rows with a column `row`."
            raise NotComparable(message, hint=hint, where=str(one.path))
        if targets.ndim == 1 and one.answers.targets.ndim == 1:
            targets = np.where(targets >= 0, targets, one.answers.targets)
    split = next((one.answers.split for one in made if one.answers.split), "")
    return [replace(one, answers=replace(one.answers, targets=targets, split=split)) for one in made]


def _is_shared(targets: np.ndarray, answers: Predictions) -> np.ndarray:
    """Return where both have a class, (N,) bool."""
    if targets.ndim > 1 or answers.targets.ndim > 1:
        return np.zeros(len(targets), dtype=bool)
    return np.asarray((targets >= 0) & (answers.targets >= 0))


def _refuse_other(first: Contender, one: Contender) -> None:
    mine, others = first.answers, one.answers
    where = str(one.path)
    if mine.task != others.task:
        message = f"{_call(one)} answers another task than {_call(first)}"
        raise NotComparable(message, hint="Compare models of one task.", where=where)
    if mine.logits.shape[1] != others.logits.shape[1]:
        counts = f"{others.logits.shape[1]} classes and {_call(first)} {mine.logits.shape[1]}"
        hint = "Compare models that answer the same classes."
        raise NotComparable(f"{_call(one)} has {counts}", hint=hint, where=where)
    if len(mine.index) != len(others.index):
        counts = f"{len(others.index):,} inputs and {_call(first)} {len(mine.index):,} ({mine.split})"
        hint = "Answers are compared on the same inputs only: save those to the same part of the data."
        raise NotComparable(f"{_call(one)} answers {counts}", hint=hint, where=where)
    if not np.array_equal(np.sort(mine.index), np.sort(others.index)):
        hint = "The runs used other data, or divided it with another seed."
        raise NotComparable(f"{_call(one)} answers other inputs than {_call(first)}", hint=hint, where=where)


def _rows(answers: Predictions, rows: np.ndarray) -> Predictions:
    return replace(answers, index=answers.index[rows], targets=answers.targets[rows], logits=answers.logits[rows])


def _named(found: Sequence[Contender]) -> list[Contender]:
    """Let no two have the same name."""
    seen: dict[str, int] = {}
    made = []
    for one in found:
        name = one.answers.model
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        made.append(replace(one, answers=replace(one.answers, model=name)))
    return made


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    return first.shape == second.shape and bool(np.array_equal(first, second))


def _says(names: tuple[str, ...]) -> bool:
    return any(not name.isdigit() for name in names)


def _call(one: Contender) -> str:
    return f"“{one.path.name or one.path}”"
