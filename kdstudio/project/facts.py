"""One line about a run: what it was made of and what came of it, read from its folder without its curves."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kdstudio.analysis.validated import rank, validated
from kdstudio.core import events
from kdstudio.core.digest import digest_value
from kdstudio.core.events import Evaluated
from kdstudio.core.layout import RunFolder
from kdstudio.core.measures import score
from kdstudio.core.targets import TASKS, Task, answered
from kdstudio.project import notes, status
from kdstudio.project.notes import ARCHIVE, Notes
from kdstudio.project.run import is_run
from kdstudio.recipe import sweep

Kind = Literal["run", "teacher", "answers"]
_TAIL = 1 << 18  # bytes at the end of a history in which the last evaluation is looked for
_LARGE = 1 << 25  # bytes of answers that are not read for one line in a table
_AT_A_TEMPERATURE = ("kl", "structure")  # measured at that of the run, which others do not share
_CLOCKED = re.compile(r"\d{8}-\d{4,6}-")
SIZES = ("parameters", "bytes", "macs", "latency_ms")


@dataclass(frozen=True, slots=True)
class Facts:
    """A model in a table of models. Numbers that are not known are None; shares are 0 to 1.

    `score` is accuracy, F1 or R², `split` says of which inputs. `methods` are (name, weight), `family` is the same for
    runs that differ in the size of their student alone. `own` are all measures of the student, `baseline` those of its
    twin without a teacher; they may have `latency_ms` and, how that was measured, `latency_note`. `validation` has what
    student, teacher and baseline measure on validation, by which a student is chosen: at its best epoch and with KL at
    temperature 1 or, before the end of the run, what of its last evaluation can be compared.
    """

    path: Path
    kind: Kind = "run"
    student: str = ""
    methods: tuple[tuple[str, float], ...] = ()
    temperature: float | None = None
    sizes: dict[str, float | None] = field(default_factory=dict)
    task: Task = "classification"
    own: dict[str, Any] = field(default_factory=dict)
    transfer: dict[str, Any] = field(default_factory=dict)
    teacher: dict[str, Any] = field(default_factory=dict)
    teacher_path: str = ""
    baseline: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, dict[str, Any]] = field(default_factory=dict)
    split: str = ""
    state: str = ""
    place: int = 0  # in the queue
    seconds: float | None = None
    started: float = 0.0
    family: str = ""
    notes: Notes = field(default_factory=Notes)

    @property
    def key(self) -> str:
        """What tells it from others."""
        return str(self.path) if self.kind != "teacher" else f"teacher of {self.path}"

    @property
    def score(self) -> float | None:
        """The measure by which the task's models are compared."""
        return score(self.own)

    @property
    def tested(self) -> float | None:
        """Its score on inputs that had no say in what it became; None before its end."""
        return None if self.split == "validation" else self.score

    @property
    def validated(self) -> dict[str, Any]:
        """What the model itself measures on validation; {} where that is not known."""
        return self.validation.get("student", {})

    @property
    def rank(self) -> float | None:
        """The number by which a model may be chosen among others, the higher the better."""
        return rank(self.validated)

    @property
    def has_teacher(self) -> bool:
        """Whether it learned from one."""
        return bool(self.teacher_path or self.teacher)


def runs_in(folder: Path) -> list[Path]:
    """Return the run folders in a folder, itself included, those of a project, and those of sweeps; sorted by name."""
    if is_run(folder):
        return [folder]
    inside = folder / "runs" if (folder / "runs").is_dir() else folder
    try:
        return sorted(_runs_among(path for path in inside.iterdir() if path.name != ARCHIVE and path.is_dir()))
    except OSError:
        return []


def _runs_among(folders: Iterable[Path]) -> Iterator[Path]:
    for path in folders:
        if is_run(path):
            yield path
        elif (path / sweep.FILE).is_file():
            yield from (one for one in path.iterdir() if one.name != ARCHIVE and is_run(one))


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes whenever there is something new to be said about a run; a few file times, quickly got."""
    place = RunFolder(path)
    return tuple(_changed(file) for file in (place.summary, place.status, place.recipe, path / notes.FILE))


def read(path: Path) -> Facts:
    """Return what is to be said about a run folder; never raises, whatever is missing or torn."""
    place = RunFolder(path)
    recipe, summary = _json(place.recipe), _json(place.summary)
    found = status.read(place.status)
    state = status.checked(found).state if found is not None else "interrupted"
    own, split = learner(summary, "student"), str(summary.get("split") or "")
    if not own:
        own, split = _last_evaluation(place.events), "validation"
    methods = [one for one in recipe.get("methods") or () if isinstance(one, dict)]
    teachers = [one for one in recipe.get("teachers") or () if isinstance(one, dict)]
    found_task = recipe.get("task")
    task: Task = answered(found_task) if found_task in TASKS else "classification"
    return Facts(
        path=path,
        student=student_words(_dict(recipe.get("student"))),
        methods=tuple((str(one.get("method")), float(one.get("weight", 1.0))) for one in methods),
        temperature=next((float(t) for one in methods if isinstance(t := one.get("temperature"), int | float)), None),
        sizes={name: own.get(name) for name in SIZES},
        task=task,
        own=own,
        transfer=_dict(summary.get("transfer")) or {key: own.get(key) for key in ("agreement", "kl", "structure")},
        teacher=learner(summary, "teacher"),
        teacher_path=str(teachers[0].get("path") or teachers[0].get("kind") or "") if teachers else "",
        baseline=learner(summary, "baseline"),
        validation=_validation(path, task, summary, own),
        split=split,
        state=state,
        place=found.place if found is not None else 0,
        seconds=_dict(summary.get("timing")).get("seconds"),
        started=_started(place),
        family=_family(recipe),
        notes=notes.read(path),
    )


def learner(summary: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a run's report says of one learner, with its latency where that was measured; {} where nothing."""
    own, latency = _dict(summary.get(name)), _dict(_dict(_dict(summary.get("timing")).get("latency")).get(name))
    return own | {"latency_ms": latency["milliseconds"], "latency_note": latency["note"]} if own and latency else own


def teachers_of(rows: Iterable[Facts]) -> list[Facts]:
    """Return a line for each teacher of these runs, each but once.

    Files of one name, size and score are one teacher, wherever they lie: folders are copied and moved.
    """
    found: dict[tuple[object, ...], Facts] = {}
    for one in rows:
        if one.kind == "run" and one.teacher:
            key = (Path(one.teacher_path).name, one.teacher.get("parameters"), score(one.teacher))
            if key not in found:
                sizes = {name: one.teacher.get(name) for name in SIZES}
                name = Path(one.teacher_path).stem
                made = Facts(
                    one.path, "teacher", name, task=one.task, sizes=sizes, own=one.teacher,
                    validation={"student": one.validation.get("teacher", {})},
                    teacher_path=one.teacher_path, split=one.split,
                )  # fmt: skip
                found[key] = made
    return list(found.values())


def titles(paths: Iterable[Path]) -> dict[Path, str]:
    """Return what run folders are called: "Run 7", counted in their folder with those put away, or their own names.

    A folder that a person named, and not the clock, keeps its name.
    """
    found: dict[Path, str] = {}
    counted: dict[Path, dict[str, int]] = {}
    for path in paths:
        if path.parent not in counted:
            there = {one.name for folder in (path.parent, path.parent / ARCHIVE) for one in _children(folder)}
            names = sorted((there | {path.name}) - {ARCHIVE})  # one that is about to begin has no folder yet
            counted[path.parent] = {name: at for at, name in enumerate(names, 1)}
        number = counted[path.parent].get(path.name)
        found[path] = f"Run {number}" if number and _CLOCKED.match(path.name) else path.name
    return found


def student_words(student: dict[str, Any]) -> str:
    """Return `resnet-8-16`, `mlp-32`, `half of the teacher`, or the name of the file that the student goes on from."""
    if shrink := _dict(student.get("shrink")):
        return "teacher × " + " × ".join(f"{value:g}" for value in shrink.values() if isinstance(value, int | float))
    if student.get("path"):
        words = Path(str(student["path"])).stem
        share = student.get("prune")
        pruned = isinstance(share, float) and student.get("prune_unit") == "weights"
        kept = "" if not isinstance(share, float) else f", {share:.0%} zeros" if pruned else f", {1 - share:.0%} kept"
        return f"{words}{kept}{', 8 bits' if student.get('quantize') == 'int8' else ''}"
    knobs = _dict(student.get("knobs"))
    named = [knobs[name] for name in ("depth", "width") if knobs.get(name) is not None]
    sized = named or next(([knobs[name]] for name in ("channels", "hidden", "size") if knobs.get(name)), [])
    numbers = re.findall(r"[\w.]+", str(sized))
    return "-".join([str(student.get("architecture") or "").replace("_", "-"), *numbers]).strip("-")


def _family(recipe: dict[str, Any]) -> str:
    """Return the same words for recipes that differ only in how large the student is."""
    rest = {key: value for key, value in recipe.items() if key not in ("student", "probes", "history")}
    student = _dict(recipe.get("student"))
    return digest_value([rest, student.get("architecture"), bool(student.get("shrink"))])


def _validation(path: Path, task: Task, summary: dict[str, Any], own: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the measures on validation by learner; runs from before the report had them still keep the answers."""
    if not summary.get("student"):
        return {"student": {key: value for key, value in own.items() if key not in _AT_A_TEMPERATURE}} if own else {}
    if told := _dict(summary.get("validation")):
        return {name: _dict(one) for name, one in told.items()}
    try:
        large = os.path.getsize(RunFolder(path).logits("student", "validation", "best")) > _LARGE
    except OSError:
        return {}
    found = {} if large else {name: dict(validated(path, task, name)) for name in ("teacher", "student", "baseline")}
    return {name: one for name, one in found.items() if one}


def _last_evaluation(path: Path) -> dict[str, Any]:
    """Return the metrics of the student's last evaluation on validation inputs: what a run knows before its end."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL))
            lines = file.read().splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        if b'"evaluated"' not in line:
            continue
        try:
            event = events.from_json(line)
        except ValueError:
            continue
        if isinstance(event, Evaluated) and event.learner == "student" and event.split == "validation":
            return dict(event.metrics)
    return {}


def _changed(file: Path) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _children(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _started(place: RunFolder) -> float:
    try:
        with open(place.events, "rb") as file:
            found = re.search(rb'"time":\s*([\d.eE+]+)', file.readline())
        return float(found[1]) if found else place.path.stat().st_mtime
    except OSError:
        return 0.0


def _json(path: Path) -> dict[str, Any]:
    try:
        return _dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
