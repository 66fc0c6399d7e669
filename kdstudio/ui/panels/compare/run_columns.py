"""The columns of the table of models: what each says, how it is written, and which value is the best."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kdstudio.core.measures import Measure, headline, measure
from kdstudio.core.targets import Task
from kdstudio.project.facts import Facts
from kdstudio.ui.latencies import milliseconds
from kdstudio.ui.panels.methods.method_mix import LABELS
from kdstudio.ui.panels.run_words import duration
from kdstudio.ui.widgets.painting import MINUS, count, percent, probability

Value = float | str | None
DASH = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `value` is what it is sorted by, `words` what is seen; the best value is `better` or nobody's.

    `narrow` columns are the first to go where there is little room.
    """

    key: str
    title: str
    help: str
    value: Callable[[Facts], Value]
    words: Callable[[Facts], str]
    better: Literal["", "higher", "lower"] = ""
    is_number: bool = True
    width: int = 72
    narrow: bool = False


def _rank(method: tuple[str, float]) -> tuple[bool, float]:
    """Return where a method stands among those of a recipe: what distils comes before labels, then by weight."""
    name, weight = method
    return name == LABELS, -weight


def columns(task: Task, title: Callable[[Facts], str]) -> list[Column]:
    """Return all columns for models of a task; `title` says what a row is called."""
    main = headline(task)
    made = [
        Column("name", "Run", "What the run is called. F2 renames it.", title, title, is_number=False, width=72),
        _text("student", "Student", "What learns.", lambda row: row.student, 92),
        _text("method", "Method", "What is matched, the strongest part first.", _method, 104),
        _number("temperature", "T", "Training temperature.", _temperature, "{:g}".format, 26, narrow=True),
        _number(
            "share", "Share", "Weight of what the teacher says in the loss.", _share, lambda v: f"{v:.0%}", 44,
            narrow=True,
        ),
        _number("parameters", "Params", "Weights of the student.", _size("parameters"), _whole, 62),
        _number("bytes", "Size", "Bytes of its weights.", _size("bytes"), size_words, 72, narrow=True),
        _number("macs", "MACs", "Multiply-adds for one input.", _size("macs"), short_count, 72, narrow=True),
        _number("latency_ms", "Latency", _LATENCY, _size("latency_ms"), milliseconds, 72, narrow=True),
        _measured("rank", main, lambda row: row.rank, 78, "Validation", _CHOSEN),
        _number("score", "Test", f"{main.short} on test. {_REPORTED}", lambda row: row.tested, main.words, 58),
        _number("delta", "Δ to teacher", "Its score on test minus its teacher’s.", _delta, _points, 88, narrow=True),
        _number("recovered", "Gap closed", f"{_RECOVERED} {_REPORTED}", _recovered, _percent, 60),
    ]  # fmt: skip
    near = ("correlation", "difference") if task == "regression" else ("agreement", "structure", "kl")
    keys = (*near, *(() if task == "regression" else ("ece",)))
    made += [_measured(key, measure(task, key), _validated(key), 54 if key == "ece" else 64) for key in keys]
    return [
        *made,
        _number("seconds", "Time", "How long it trained.", lambda row: row.seconds, duration, 84, narrow=True),
        _number("started", "Date", "When it began.", lambda row: row.started or None, _date, 104, narrow=True),
        _text("tags", "Tags", "Your words for it.", lambda row: ", ".join(row.notes.tags), 84),
    ]


def method_words(row: Facts) -> str:
    """Return the methods of a run with their weights: `soft targets 0.9 + hard labels 0.1`."""
    heaviest = sorted(row.methods, key=_rank)
    return " + ".join(f"{name.replace('_', ' ')} {weight:g}" for name, weight in heaviest)


def size_words(value: float) -> str:
    """Return `73 kB`, `1.5 MB`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:g} B"


def short_count(value: float) -> str:
    """Return `490 k`, `17.4 M`."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:g}"


def _text(key: str, title: str, help: str, value: Callable[[Facts], str], width: int) -> Column:
    return Column(key, title, help, value, lambda row: value(row) or DASH, is_number=False, width=width)


def _number(
    key: str,
    title: str,
    help: str,
    value: Callable[[Facts], float | None],
    words: Callable[[float], str],
    width: int,
    *,
    better: Literal["", "higher", "lower"] = "",
    narrow: bool = False,
) -> Column:
    def written(row: Facts) -> str:
        found = value(row)
        return DASH if found is None else words(found)

    return Column(key, title, help, value, written, better, width=width, narrow=narrow)


def _measured(
    key: str, one: Measure, value: Callable[[Facts], float | None], width: int, title: str = "", more: str = ""
) -> Column:
    def words(found: float) -> str:
        return probability(found) if one.form == "fraction" and 0 <= found < 1 else one.words(found)

    help = f"{one.meaning.format(lens='temperature 1')} {more or 'Measured on validation.'}"
    return _number(key, title or _SHORT.get(one.key, one.short), help, value, words, width, better=one.better)


def _method(row: Facts) -> str:
    names = [name.replace("_", " ") for name, _ in sorted(row.methods, key=_rank)]
    return names[0] + (f" + {len(names) - 1}" if len(names) > 1 else "") if names else ""


def _temperature(row: Facts) -> float | None:
    return row.temperature if row.has_teacher else None


def _share(row: Facts) -> float | None:
    whole = sum(weight for _, weight in row.methods)
    if not row.has_teacher or not whole:
        return None
    return sum(weight for name, weight in row.methods if name != LABELS) / whole


def _size(name: str) -> Callable[[Facts], float | None]:
    return lambda row: row.sizes.get(name)


def _validated(name: str) -> Callable[[Facts], float | None]:
    """Return what looks a measure up: a file of answers has it for the inputs that it answers."""

    def value(row: Facts) -> float | None:
        return row.validated.get(name) if row.kind != "answers" else row.transfer.get(name, row.own.get(name))

    return value


def _recovered(row: Facts) -> float | None:
    return row.transfer.get("recovered")


def _delta(row: Facts) -> float | None:
    taught = None if row.kind == "teacher" else row.teacher.get("accuracy")
    own = None if row.tested is None else row.own.get("accuracy")
    return None if taught is None or own is None else own - taught


def _points(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", MINUS)


def _percent(value: float) -> str:
    return percent(value, 0)


def _whole(value: float) -> str:
    return count(round(value))


def _date(value: float) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(value))


_SHORT = {"kl": "KL", "ece": "ECE", "structure": "Structure", "correlation": "Correlation"}
_CHOSEN = "Measured on validation at the run’s best epoch: choose a run by this, as the rows are ordered at first."
_REPORTED = "It is for the report on the run that was chosen: whoever chooses by it reports too good a score."
_LATENCY = "Median for one input at a time, measured when the run ended; older runs have none."
_RECOVERED = "(student − baseline) / (teacher − baseline): the share of the teacher’s lead that came over."
