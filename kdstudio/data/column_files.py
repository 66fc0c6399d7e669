"""Parquet and Arrow files, read block by block (a row group, a record batch), so that they may exceed the memory.

pyarrow is imported at first use: the window starts without it.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.core.spread import spread
from kdstudio.data import magic

_HELD_BYTES = 256 * 1024**2
_STREAM = b"\xff\xff\xff\xff"  # how an Arrow stream begins since version 0.15


@dataclass(frozen=True, slots=True, eq=False)
class ColumnFile:
    """One file: its pyarrow schema, the rows of each block, and how to get at them."""

    path: Path
    schema: Any
    rows: tuple[int, ...] = field(repr=False)
    metadata: Any = field(default=None, repr=False)  # of Parquet: read once
    batches: Sequence[Any] = field(default=(), repr=False)  # of Arrow: they lie in the mapped file

    def block(self, at: int, column: str) -> Any:
        """Return one column of a block as a pyarrow ChunkedArray. Raises DataError."""
        import pyarrow

        if self.batches:
            return pyarrow.chunked_array([self.batches[at].column(column)])
        with _telling(self.path), self._parquet() as file:
            return file.read_row_group(at, columns=[column]).column(column)

    def beginning(self, at: int, column: str, count: int) -> list[Any]:
        """Return the first values of a block, without reading the rest of it. Raises DataError."""
        if self.batches:
            values: list[Any] = self.batches[at].column(column).slice(0, count).to_pylist()
            return values
        with _telling(self.path), self._parquet() as file:
            batches = file.iter_batches(batch_size=count, row_groups=[at], columns=[column])
            return next((batch.column(0).to_pylist() for batch in batches), [])

    def column(self, name: str) -> Any:
        """Return a whole column as a ChunkedArray: for labels, not for images. Raises DataError."""
        import pyarrow

        if self.batches or not self.rows:
            kind = self.schema.field(name).type
            return pyarrow.chunked_array([batch.column(name) for batch in self.batches], type=kind)
        with _telling(self.path), self._parquet() as file:
            return file.read(columns=[name]).column(name)

    def features(self) -> dict[str, Any]:
        """Return what Hugging Face datasets wrote about the columns; empty where it did not write the file."""
        try:
            info = json.loads((self.schema.metadata or {}).get(b"huggingface", b"{}"))
            features = info["info"]["features"]
        except (ValueError, KeyError, TypeError):
            return {}
        return features if isinstance(features, dict) else {}

    def _parquet(self) -> Any:
        from pyarrow import parquet

        return parquet.ParquetFile(self.path, metadata=self.metadata)


def is_column_file(path: Path) -> bool:
    """Whether a file is Parquet or Arrow, by its first bytes."""
    start = magic.head(path, 8)
    return start.startswith((b"PAR1", b"ARROW1")) or (start.startswith(_STREAM) and path.suffix == ".arrow")


def open_file(path: Path) -> ColumnFile:
    """Open a file without reading its rows. Raises DataError where it is damaged."""
    import pyarrow
    from pyarrow import ipc, parquet

    with _telling(path):
        if magic.head(path, 4) == b"PAR1":
            with parquet.ParquetFile(path) as file:
                metadata = file.metadata
                rows = tuple(metadata.row_group(i).num_rows for i in range(metadata.num_row_groups))
                return ColumnFile(path, file.schema_arrow, rows, metadata=metadata)
        source = pyarrow.memory_map(str(path))
        if magic.head(path, 6) == b"ARROW1":
            reader = ipc.open_file(source)
            batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        else:
            reader = ipc.open_stream(source)
            batches = list(reader)
        return ColumnFile(path, reader.schema, tuple(len(batch) for batch in batches), batches=batches)


class Blocks:
    """The blocks of one column over several files; those read last are held, for any number of threads."""

    def __init__(self, files: Sequence[ColumnFile], column: str) -> None:
        self.files = tuple(files)
        self.column = column
        self._places = [(file, i) for file in self.files for i in range(len(file.rows))]
        self._ends = np.cumsum([rows for file in self.files for rows in file.rows], dtype=np.int64)
        self._held: OrderedDict[int, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def values(self, rows: np.ndarray) -> list[Any]:
        """Return the values of these rows as Python objects, in the order asked for. Raises DataError."""
        found: list[Any] = [None] * len(rows)
        blocks = np.searchsorted(self._ends, rows, side="right")
        for block in np.unique(blocks).tolist():
            array = self._block(block)
            start = int(self._ends[block]) - len(array)
            for i in np.flatnonzero(blocks == block).tolist():
                found[i] = array[int(rows[i]) - start].as_py()
        return found

    def sample(self, most: int, blocks: int = 8) -> list[Any]:
        """Return the first values of a few blocks, evenly spread, without reading whole blocks. Raises DataError."""
        chosen = spread(len(self._places), blocks)
        each = -(-most // max(1, len(chosen)))
        return [value for i in chosen for value in _beginning(self._places[i], self.column, each)]

    def name(self, row: int) -> str:
        """Return in words where a row lies."""
        block = int(np.searchsorted(self._ends, row, side="right"))
        file, _ = self._places[block]
        first = int(self._ends[block]) - sum(file.rows[: self._places[block][1] + 1])
        return f"row {row - first:,} of {file.path}"

    def _block(self, at: int) -> Any:
        with self._lock:
            if at in self._held:
                self._held.move_to_end(at)
                return self._held[at]
        file, i = self._places[at]
        array = file.block(i, self.column)
        with self._lock:
            self._held[at] = array
            while len(self._held) > 1 and sum(held.nbytes for held in self._held.values()) > _HELD_BYTES:
                self._held.popitem(last=False)
        return array


def _beginning(place: tuple[ColumnFile, int], column: str, count: int) -> list[Any]:
    file, i = place
    return file.beginning(i, column, count)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn pyarrow's errors into one that names the file."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"{path.name} is cut off or damaged: {reason}"
        raise DataError(message, hint="Copy or download the file again.", where=str(path)) from error
