"""Arrays with a row for each input, filled a piece at a time, that are never read where they were not wholly written.

A shelf is a folder: `0.npy`, `1.npy` … (rows, *shape), and `pieces.bin` with one record a piece. A record holds the
digest of the piece's bytes in all arrays, so that nothing counts as filled unless what lies there is what was put
there: after a kill at any instant, a lost page, a full disk, or while another program is writing. It needs neither a
lock nor an order of writes.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.format import header_data_from_array_1_0, write_array_header_1_0

Column = tuple[tuple[int, ...], np.dtype]  # the shape of one row, and its type
_PIECES = "pieces.bin"
_RECORD = np.dtype([("digest", "<u8"), ("divergence", "<f8"), ("difference", "<f8")])
_TROUBLE = (OSError, ValueError, EOFError)  # a file that is gone, or whose head is torn


class Shelf:
    """Rows in pieces that end at `bounds` (counted from 0), in `folder`; or in memory, where that is None.

    Where the folder cannot be written, what is there is taken into memory and the shelf goes on there: `trouble` says
    why. With each piece two numbers are kept, of which `errors` returns the mean by rows and the largest.
    """

    def __init__(self, folder: Path | None, bounds: Sequence[int]) -> None:
        self.folder = folder
        self.bounds = list(bounds)
        self.trouble = ""
        self._columns: list[np.ndarray] = []
        self._records = np.zeros(len(self.bounds), _RECORD)
        self._is_sound = np.zeros(len(self.bounds), bool)
        self._was_written = False
        if folder is not None:
            self._attempt(lambda: folder.mkdir(parents=True, exist_ok=True))
            self.look()

    @property
    def missing(self) -> list[int]:
        """The pieces that are not filled, as far as was looked."""
        return [int(piece) for piece in np.flatnonzero(~self._is_sound)]

    def look(self, piece: int | None = None) -> bool:
        """See what is filled by now, by another program too: one piece, or all; return whether that is filled."""
        if self.folder is not None:
            try:
                self._open()
                records = np.fromfile(self.folder / _PIECES, _RECORD, len(self.bounds))
            except _TROUBLE:  # nothing there yet
                return False
            self._records = np.zeros(len(self.bounds), _RECORD)
            self._records[: len(records)] = records
            for one in range(len(self.bounds)) if piece is None else [piece]:
                self._is_sound[one] = self._is_sound[one] or self._holds(one)
        return bool(self._is_sound.all() if piece is None else self._is_sound[piece])

    def put(self, piece: int, rows: Sequence[np.ndarray], *, divergence: float = 0.0, difference: float = 0.0) -> None:
        """Fill a piece with its rows of each array, unless it was filled meanwhile."""
        rows = [np.ascontiguousarray(one) for one in rows]
        if self.folder is not None and not self.look(piece):
            self._attempt(lambda: self._write(piece, rows, (divergence, difference)))
        if self.folder is None and not self._is_sound[piece]:
            if not self._columns:
                self._columns = [np.zeros((self.bounds[-1], *one.shape[1:]), one.dtype) for one in rows]
            for column, one in zip(self._columns, rows, strict=True):
                column[self._of(piece)] = one
            self._records[piece] = (1, divergence, difference)
            self._is_sound[piece] = True

    def columns(self) -> list[np.ndarray]:
        """Return all arrays (rows, *shape); of a folder they are mapped, so that only what is used is read."""
        if self.missing:
            raise RuntimeError("the answers are not all there")
        if self.folder is not None and self._was_written:  # whether a private map shows later writes is not promised
            self._columns, self._was_written = [], False
            self._open()
        return self._columns

    @property
    def errors(self) -> tuple[float, float]:
        """The mean of the first number kept with each row, and the largest second one, over all filled pieces."""
        there = self._records[self._is_sound]
        sizes = np.diff([0, *self.bounds])[self._is_sound]
        if not len(there):
            return 0.0, 0.0
        return float(np.average(there["divergence"], weights=sizes)), float(there["difference"].max())

    def _of(self, piece: int) -> slice:
        return slice(self.bounds[piece - 1] if piece else 0, self.bounds[piece])

    def _open(self) -> None:
        """Map all arrays that are there. Written to is the file; the map is private, as torch wants to write."""
        assert self.folder is not None
        if not self._columns and (self.folder / _PIECES).exists():
            files = sorted(self.folder.glob("*.npy"), key=lambda file: int(file.stem))
            self._columns = [np.load(file, mmap_mode="c") for file in files]

    def _holds(self, piece: int) -> bool:
        """Whether the bytes of a piece are those that its record speaks of."""
        record = self._records[piece]
        rows = [np.asarray(column[self._of(piece)]) for column in self._columns]
        return bool(record["digest"]) and int(record["digest"]) == _digest(rows, record)

    def _write(self, piece: int, rows: list[np.ndarray], errors: tuple[float, float]) -> None:
        assert self.folder is not None
        for number, one in enumerate(rows):
            _create_array(self.folder / f"{number}.npy", (self.bounds[-1], *one.shape[1:]), one.dtype)
        empty = np.zeros(len(self.bounds), _RECORD)
        _create(self.folder / _PIECES, lambda file: file.write(empty.tobytes()))
        self._open()
        for number, one in enumerate(rows):
            path, column = self.folder / f"{number}.npy", self._columns[number]
            head = path.stat().st_size - column.nbytes
            _overwrite(path, head + self._of(piece).start * column[0].nbytes, one.tobytes())
        record = np.zeros((), _RECORD)
        record["divergence"], record["difference"] = errors
        record["digest"] = _digest(rows, record)
        _overwrite(self.folder / _PIECES, piece * _RECORD.itemsize, record.tobytes())
        self._records[piece], self._is_sound[piece], self._was_written = record, True, True

    def _attempt(self, act: Callable[[], object]) -> None:
        """Do something with the folder; where that fails, go on in memory with what can be read."""
        try:
            act()
        except _TROUBLE as error:
            self.trouble = str(error)
            self.folder = None
            self._columns = [np.array(column) for column in self._columns]


def _digest(rows: Sequence[np.ndarray], record: np.ndarray | np.void) -> int:
    """Return 64 bits of the digest of a piece and of the numbers kept with it; never 0, which means not filled."""
    digest = hashlib.blake2b(digest_size=8)
    for one in rows:
        digest.update(np.ascontiguousarray(one).data.cast("B"))
    digest.update(record["divergence"].tobytes() + record["difference"].tobytes())
    return int.from_bytes(digest.digest(), "little") or 1


def _create_array(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Make a `.npy` of zeros unless there is one; its bytes are reserved where the system can do that."""

    def fill(file: "tempfile._TemporaryFileWrapper[bytes]") -> None:
        write_array_header_1_0(file, header_data_from_array_1_0(np.broadcast_to(np.zeros((), dtype), shape)) | _PLAIN)
        size = file.tell() + int(np.prod(shape)) * dtype.itemsize
        file.flush()
        if hasattr(os, "posix_fallocate"):  # a disk that is too full says so here, and not in the middle of a map
            os.posix_fallocate(file.fileno(), 0, size)
        file.truncate(size)

    _create(path, fill)


_PLAIN = {"fortran_order": False}


def _create(path: Path, fill: Callable[["tempfile._TemporaryFileWrapper[bytes]"], object]) -> None:
    """Make a file that is whole from its first instant on; one that is there, perhaps another program's, stays."""
    if path.exists():
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        new = Path(file.name)
        try:
            fill(file)
        except OSError:
            new.unlink()
            raise
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    except OSError:  # no hard links here
        if not path.exists():
            os.replace(new, path)
    new.unlink(missing_ok=True)


def _overwrite(path: Path, at: int, content: bytes) -> None:
    """Write into a file that is there. A write, unlike a map, can say that the disk is full."""
    with open(path, "r+b", buffering=0) as file:
        file.seek(at)
        if file.write(content) != len(content):
            raise OSError(f"{path} could not be written to its end")
