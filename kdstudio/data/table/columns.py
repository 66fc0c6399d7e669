"""What each column of a table is: a number, a category, or nothing that a network can use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kdstudio.core.errors import Problem
from kdstudio.data.delimited import MISSING
from kdstudio.data.kinds import Column
from kdstudio.data.labels import listed, natural_key

if TYPE_CHECKING:
    import pyarrow

MOST_CATEGORIES = 200
_FEW_ROWS = 20  # so many different words are no names of the rows, however few rows there are
_MOST_CODES = 50
_FIRST = 100
_CODE = re.compile(r"(?:.*[\W_])?(?:code|type|category|cat|class|kind|group|region|zone|id)", re.IGNORECASE)
_KEY = re.compile(r"(?:.*[\W_])?(?:id|key|index|idx|uuid|guid)|unnamed:? \d+|rownames|row", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The values of one column, (N,): `numbers` float64 with NaN, or `codes` into `words`, -1 where one is missing."""

    name: str
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    words: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all known numbers are whole."""
        known = self.known
        return self.numbers is not None and bool((known == np.floor(known)).all())

    @property
    def known(self) -> np.ndarray:
        """The values that are there."""
        given = self.numbers if self.numbers is not None else self.codes
        assert given is not None
        return np.asarray(given[np.isfinite(given) if self.numbers is not None else given >= 0])

    def as_words(self) -> "Values":
        """Return whole numbers as categories, in their order."""
        if self.numbers is None:
            return self
        distinct = np.unique(self.known)
        known = np.isfinite(self.numbers)
        codes = np.where(known, np.searchsorted(distinct, np.where(known, self.numbers, 0)), -1)
        return Values(self.name, codes=codes, words=tuple(f"{number:g}" for number in distinct))


def values(name: str, column: "pyarrow.ChunkedArray") -> Values | None:
    """Return what an Arrow column holds, or None where it is neither numbers nor words (a date, a list, bytes)."""
    import pyarrow as pa
    from pyarrow import compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_null(kind):
        return Values(name, numbers=np.full(len(column), np.nan))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Values(name, numbers=_numbers(column))
    if pa.types.is_boolean(kind):
        column, kind = column.cast(pa.string()), pa.string()
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    trimmed = pc.utf8_trim_whitespace(column)
    known = pc.if_else(pc.is_in(pc.utf8_lower(trimmed), pa.array(sorted(MISSING), kind)), None, trimmed)
    parsed = _parsed(known)
    if parsed is not None:
        return Values(name, numbers=parsed)
    encoded = known.dictionary_encode().unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # of no chunk
        encoded = encoded.chunk(0)
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return Values(name, codes=codes, words=tuple(encoded.dictionary.to_pylist()))


def features(columns: Sequence[Values], training: int) -> tuple[np.ndarray, tuple[Column, ...], list[Problem]]:
    """Return (N, F) float32, what its columns are, and what is said of those left out.

    The categories of a column are counted on the first `training` rows alone: another one is NaN, not known.
    """
    kept: list[np.ndarray] = []
    described: list[Column] = []
    said = _Said()
    for column in columns:
        if _is_left_out(column, training, said):
            continue
        coded = _is_codes(column)
        if coded:
            said.codes.append(column.name)
        numbers, categories = _encoded(column.as_words() if coded else column, training, said)
        known = numbers[:training][np.isfinite(numbers[:training])]
        if len(known) and (known == known[0]).all():
            said.constant.append(column.name)
        kept.append(numbers.astype(np.float32))
        described.append(Column(column.name, categories))
    rows = len(columns[0].known) if not kept and columns else 0
    array = np.stack(kept, axis=1) if kept else np.empty((rows, 0), np.float32)
    return array, tuple(described), said.problems()


class _Said:
    """Names of columns by what there is to say of them."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.names: list[str] = []
        self.empty: list[str] = []
        self.constant: list[str] = []
        self.codes: list[str] = []
        self.infinite: list[str] = []
        self.unknown: list[str] = []

    def problems(self) -> list[Problem]:
        """Return them in words."""
        told = (
            (self.keys, "left out, because they only count or name the rows: {}", "note"),
            (self.names, "left out, because nearly every row has words of its own: {}", "warning"),
            (self.empty, "left out, because no value is there: {}", "warning"),
            (
                self.constant,
                "the same value in all training rows, so that nothing can be learnt from it: {}",
                "warning",
            ),
            (self.codes, "read as categories, because by their names these numbers are codes: {}", "note"),
            (self.infinite, "infinite numbers are taken as missing: {}", "warning"),
            (self.unknown, "categories that no training row has are taken as not known: {}", "note"),
        )
        return [
            Problem(message=words.format(listed(names, most=8)), severity=severity)
            for names, words, severity in told
            if names
        ]


def _is_left_out(column: Values, training: int, said: _Said) -> bool:
    known = column.known
    if not len(known):
        said.empty.append(column.name)
        return True
    distinct = len(np.unique(known))
    if column.numbers is not None:
        is_key = (
            column.is_whole
            and distinct == len(column.numbers) > 2
            and (_KEY.fullmatch(column.name) is not None or _is_count(column.numbers, training))
        )
        if is_key:
            said.keys.append(column.name)
        return is_key
    is_names = distinct > MOST_CATEGORIES or (distinct > _FEW_ROWS and 2 * distinct > len(known))
    if is_names:
        said.names.append(f"{column.name} ({distinct:,})")
    return is_names


def _is_count(numbers: np.ndarray, training: int) -> bool:
    """Whether the numbers count the rows up by one, anew in each file."""
    return training > _FEW_ROWS and bool((np.diff(numbers[:training]) == 1).all())


def _is_codes(column: Values) -> bool:
    """Whether whole numbers are clearly codes: their column is called so, and there are a few."""
    if column.numbers is None or not column.is_whole or not _CODE.fullmatch(column.name):
        return False
    return 2 < len(np.unique(column.known)) <= _MOST_CODES


def _encoded(column: Values, training: int, said: _Said) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return numbers (N,) with NaN, and the categories in the order of their codes, none of a number."""
    if column.numbers is not None:
        is_infinite = np.isinf(column.numbers) | (np.abs(column.numbers) > np.finfo(np.float32).max)
        if is_infinite.any():
            said.infinite.append(f"{column.name} ({int(is_infinite.sum()):,})")
        return np.where(is_infinite, np.nan, column.numbers), ()
    assert column.codes is not None
    seen = np.unique(column.codes[:training])
    order = sorted(seen[seen >= 0].tolist(), key=lambda code: natural_key(column.words[code]))
    renumbered = np.full(len(column.words) + 1, np.nan)  # the last one stands for -1
    renumbered[order] = np.arange(len(order))
    numbers = renumbered[column.codes]
    unknown = int((np.isnan(numbers) & (column.codes >= 0)).sum())
    if unknown:
        said.unknown.append(f"{column.name} ({unknown:,})")
    return numbers, tuple(column.words[code] for code in order)


def _numbers(column: "pyarrow.ChunkedArray") -> np.ndarray:
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _parsed(column: "pyarrow.ChunkedArray") -> np.ndarray | None:
    """Return the numbers that text stands for, with a decimal point or comma, or None where it is words."""
    import pyarrow as pa
    from pyarrow import compute as pc

    if column.null_count == len(column):
        return np.full(len(column), np.nan)
    for decimal in (".", ","):
        text = column if decimal == "." else pc.replace_substring(column, ",", ".", max_replacements=1)
        try:
            text.slice(0, _FIRST).cast(pa.float64())  # a column of words is told by its beginning
            return _numbers(text.cast(pa.float64()))
        except pa.ArrowInvalid:
            continue
    return None
