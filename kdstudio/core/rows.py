"""Some rows of a data set in an order: what is selected, listed or walked through, be it three or a million."""

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np


class Rows(Sequence[int]):
    """Row numbers, each once, that do not change; they lie in one array, so that nothing is done row by row.

    Equal to any sequence of the same numbers in the same order.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_ascends", "array")

    def __init__(self, rows: Iterable[int] | np.ndarray = ()) -> None:
        if isinstance(rows, Rows):
            self.array: np.ndarray = rows.array
        else:
            self.array = np.array(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64)
            self.array.flags.writeable = False
        self._ascends: bool | None = None

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> "Rows": ...
    def __getitem__(self, at: int | slice) -> "int | Rows":
        """Return the row at a position, or the rows of a slice."""
        return Rows(self.array[at]) if isinstance(at, slice) else int(self.array[at])

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int | np.integer) and self.position(int(row)) >= 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence | np.ndarray):
            return NotImplemented
        return other is self or np.array_equal(
            self.array, other.array if isinstance(other, Rows) else np.asarray(other)
        )

    def __repr__(self) -> str:
        return f"Rows({np.array2string(self.array, separator=', ', threshold=10)})"

    def position(self, row: int | None) -> int:
        """Return where a row stands, or −1: one search, or where the rows do not ascend one look at each."""
        if row is None or not len(self.array):
            return -1
        if self._ascends is None:
            self._ascends = bool((self.array[1:] > self.array[:-1]).all())
        if not self._ascends:
            found = np.flatnonzero(self.array == row)
            return int(found[0]) if len(found) else -1
        at = int(np.searchsorted(self.array, row))
        return at if at < len(self.array) and self.array[at] == row else -1

    def positions(self, rows: "Rows | Sequence[int]") -> np.ndarray:
        """Return where each of `rows` stands, (M,) int64, −1 for those that are not here."""
        wanted = Rows(rows).array
        if not len(self.array):
            return np.full(len(wanted), -1)
        order = np.argsort(self.array, kind="stable")
        found = order[np.minimum(np.searchsorted(self.array, wanted, sorter=order), len(order) - 1)]
        return np.where(self.array[found] == wanted, found, -1)

    def within(self, others: "Rows") -> "Rows":
        """Return those that are among `others` too, in the order of these."""
        return Rows(self.array[np.isin(self.array, others.array)])
