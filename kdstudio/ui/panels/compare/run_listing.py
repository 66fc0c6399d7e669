"""The models of the table as arrays: what to sort by, what to filter by, the best of each column.

Made in the analysis thread where there are many, so that sorting thousands of runs is one call of numpy.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kdstudio.core.measures import task_of
from kdstudio.project.facts import Facts, teachers_of
from kdstudio.ui.panels.compare.run_columns import Column, Value, columns, method_words

_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Listing:
    """All models, the teachers first: `ranks` (N,) by column put them in order, −1 where nothing is known.

    `numbers` (N,) are the values of columns that have a best one, NaN where there is none; `texts` what the filter
    looks at; `equal` the columns that say the same of every run; `has_unfinished` whether some runs have no end;
    `queue` has the places, from 1, of those that wait; `files` (N,) order files of answers, which nobody validated.
    """

    rows: tuple[Facts, ...] = ()
    teachers: int = 0
    columns: tuple[Column, ...] = ()
    ranks: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    equal: frozenset[str] = frozenset()
    has_unfinished: bool = False
    queue: Mapping[str, int] = field(default_factory=dict)
    files: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def places(self, words: str, column: str, *, is_descending: bool) -> np.ndarray:
        """Return the positions of the rows with all these words, in the order of a column, (k,) int64.

        Teachers stand first, whatever the order; what is not known comes last.
        """
        wanted = words.casefold().split()
        found = np.arange(len(self.rows))
        if wanted:
            found = np.array([at for at in found if all(word in self.texts[at] for word in wanted)], dtype=np.int64)
        ranks = self.ranks.get(column, np.zeros(len(self.rows), dtype=np.int64))[found]
        order = np.lexsort((self.files[found], -ranks if is_descending else ranks, ranks < 0, found >= self.teachers))
        return found[order]

    def best(self, places: np.ndarray) -> dict[str, float]:
        """Return the best value of each column among these rows, where several differ."""
        found: dict[str, float] = {}
        runs = places[places >= self.teachers]
        for one in self.columns:
            values = self.numbers.get(one.key, np.zeros(0))
            known = values[runs][np.isfinite(values[runs])] if len(values) else values
            if len(known) > 1 and float(np.ptp(known)) >= _EPSILON:
                found[one.key] = float(known.max() if one.better == "higher" else known.min())
        return found


def listing(rows: Sequence[Facts], title: Callable[[Facts], str]) -> Listing:
    """Return these models and the teachers of the runs among them; `title` says what a row is called."""
    tasks = [task_of(row.own) for row in rows if row.own]
    made = columns(max(set(tasks), key=tasks.count) if tasks else "classification", title)
    teachers = teachers_of(rows)
    everything = (*teachers, *rows)
    may_be_best = _chosen_alike(everything)
    values = {column.key: [column.value(row) for row in everything] for column in made}
    return Listing(
        rows=everything,
        teachers=len(teachers),
        columns=tuple(made),
        ranks={key: _ranks(found) for key, found in values.items()},
        numbers={one.key: np.where(may_be_best, _numbers(values[one.key]), np.nan) for one in made if one.better},
        texts=tuple(_text(row, title(row)) for row in everything),
        equal=frozenset(_equal(made, values, everything, len(teachers))),
        queue=_queue(rows),
        files=-_ranks([row.score if row.kind == "answers" else None for row in everything]),
        has_unfinished=any(is_unfinished(row) for row in rows),
    )


def is_unfinished(row: Facts) -> bool:
    """Whether the run's measures are those of its last evaluation on validation inputs."""
    return bool(row.own) and row.kind == "run" and row.split == "validation" and row.state != "finished"


def _queue(rows: Sequence[Facts]) -> dict[str, int]:
    """Return the place of each run that waits, by its key."""
    waiting = sorted((row for row in rows if row.state == "queued"), key=lambda row: (row.place, row.path.name))
    return {row.key: at for at, row in enumerate(waiting, 1)}


def _ranks(values: Sequence[Value]) -> np.ndarray:
    """Return the place of each value in ascending order, equal ones the same, (N,) int64; −1 where there is none."""
    keyed: dict[Any, list[int]] = {}
    for at, value in enumerate(values):
        if value is not None and value != "":
            keyed.setdefault(value, []).append(at)
    ranks = np.full(len(values), -1, dtype=np.int64)
    for place, value in enumerate(sorted(keyed, key=_order)):
        ranks[keyed[value]] = place
    return ranks


def _order(value: Value) -> tuple[float | str, ...]:
    """Return by what a value is ordered: numbers by size, words by their letters, and by the numbers in them."""
    if isinstance(value, int | float):
        return (float(value),)
    parts = re.split(r"(\d+)", (value or "").casefold())  # words and numbers in turn
    return tuple(float(part) if at % 2 else part for at, part in enumerate(parts))


def _chosen_alike(rows: Sequence[Facts]) -> np.ndarray:
    """Return which rows can be the best of a column, (N,) bool: runs on validation, or files where there are only such.

    Answers to test inputs would else stand against those to validation inputs.
    """
    kinds = np.array([row.kind for row in rows], dtype=object)
    return np.asarray(kinds == "run") if (kinds == "run").any() else np.ones(len(rows), dtype=bool)


def _numbers(values: Sequence[Value]) -> np.ndarray:
    return np.array([float(value) if isinstance(value, int | float) else np.nan for value in values])


def _equal(
    made: Sequence[Column], values: Mapping[str, Sequence[Value]], rows: Sequence[Facts], teachers: int
) -> list[str]:
    """Return the columns that say the same of every run that is listed; the first is the name.

    The method of a run without a teacher says no more than its mark does, so only the others are looked at.
    """
    taught = [at for at in range(teachers, len(rows)) if rows[at].has_teacher and rows[at].kind == "run"]
    runs = range(teachers, len(rows))
    found = []
    for column in made[1:]:
        seen = {values[column.key][at] for at in (taught if column.key == "method" else runs)}
        if seen <= {None, ""} or (len(seen) == 1 and len(runs) > 1):
            found.append(column.key)
    return found


def _text(row: Facts, title: str) -> str:
    told = (title, row.student, method_words(row), " ".join(row.notes.tags), row.notes.note, row.state, row.path.name)
    return " ".join(told).casefold()
