"""Labels from file names: `7_jackson_32.wav` says 7, if that part of the name divides the files as classes would."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kdstudio.data.labels import listed

_NEARLY_ALL = 0.9  # of the names must be built alike
_EVEN = 0.6  # entropy of the classes as a share of the largest possible
_MOST_CLASSES = 200
_FEWEST = 4  # files of a class, on average
_LONG_NUMBER = 6  # digits from which on a number is a date or an identifier
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_DIGITS = re.compile(r"\d_[a-z]+_\d+")
_SPEAKERS = frozenset({"george", "jackson", "lucas", "nicolas", "theo", "yweweler"})
_OFFICIAL_TAKES = 5


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Which part of the names says the class: `labels` one for each name, empty where a name is built otherwise.

    `why` and `others` complete the sentences of a note.
    """

    labels: tuple[str, ...] = field(repr=False)
    why: str
    others: str


def propose(names: Sequence[str], wanted: str = "") -> NamePattern | None:
    """Return the part of the names that is most likely the class, or None where there is none.

    A class has few values that divide the files evenly; the number at the end counts takes and is not asked first.
    Where several parts would do, the first is proposed, because most collections are named so; `wanted` is the place
    (`second`) that a person chose.
    """
    stems = [_stem(name) for name in names]
    for divided in ([re.split(r"[_\-. ]+", stem) for stem in stems], [re.findall(r"\d+|\D+", stem) for stem in stems]):
        found = _from_parts(names, divided, wanted)
        if found is not None:
            return found
    return None


def official_test(names: Sequence[str]) -> np.ndarray | None:
    """Return which of these files, bool (N,), are the test part of the Free Spoken Digit data set; None if not it.

    Its README: "Recordings numbered 0-4 (inclusive) are in the test and 5-49 are in the training set."
    """
    stems = [_stem(name) for name in names]
    if not stems or not all(_DIGITS.fullmatch(stem) for stem in stems):
        return None
    if len({stem.split("_")[1] for stem in stems} & _SPEAKERS) < 2:
        return None
    is_test = np.array([int(stem.split("_")[2]) < _OFFICIAL_TAKES for stem in stems])
    return is_test if is_test.any() and not is_test.all() else None


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _from_parts(names: Sequence[str], divided: Sequence[Sequence[str]], wanted: str) -> NamePattern | None:
    width, alike = Counter(map(len, divided)).most_common(1)[0] if divided else (0, 0)
    if width < 2 or alike < _NEARLY_ALL * len(divided):
        return None
    columns = [[row[i] if len(row) == width else "" for row in divided] for i in range(width)]
    fitting = [i for i, column in enumerate(columns) if _may_be_class(column)]
    if len(fitting) > 1 and fitting[-1] == width - 1 and all(value.isdigit() for value in columns[-1] if value):
        fitting.pop()
    chosen = [i for i in fitting if wanted in ("", _place(i))]
    if not chosen:
        return None
    at = chosen[0]
    counts = Counter(value for value in columns[at] if value)
    example = next(i for i, value in enumerate(columns[at]) if value)
    why = (
        f"the {_place(at)} part of the file names ({columns[at][example]} in {names[example].rpartition('/')[2]}), "
        f"which has {len(counts)} values of {_range(counts)} files each"
    )
    rest = [f"the {_place(i)} ({listed(sorted(set(columns[i]) - {''}), most=3)})" for i in fitting if i != at]
    return NamePattern(tuple(columns[at]), why, listed(rest))


def _may_be_class(column: Sequence[str]) -> bool:
    counts = Counter(value for value in column if value)
    if not 2 <= len(counts) <= min(_MOST_CLASSES, sum(counts.values()) // _FEWEST):
        return False
    if all(value.isdigit() and len(value) >= _LONG_NUMBER for value in counts):
        return False
    shares = np.array(list(counts.values())) / sum(counts.values())
    return float(-(shares * np.log(shares)).sum()) >= _EVEN * float(np.log(len(counts)))


def _place(at: int) -> str:
    return _PLACES[at] if at < len(_PLACES) else f"{at + 1}th"


def _range(counts: Counter[str]) -> str:
    least, most = min(counts.values()), max(counts.values())
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
