"""A folder and everything below it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.listening import tell
from kdstudio.data import magic
from kdstudio.data.stores import HEAD_BYTES, TAIL_BYTES

_TOLD_EVERY = 1000  # files


@dataclass(frozen=True, slots=True)
class FolderStore:
    """The visible files below a folder. `folders` has the time of the last change of each, to know a listing again."""

    path: Path
    names: tuple[str, ...] = field(repr=False)
    folders: dict[str, int] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def open(cls, path: Path) -> "FolderStore":
        """List a folder, following links but not in circles. Raises OSError."""
        names: list[str] = []
        folders: dict[str, int] = {}
        _walk(str(path), "", (), names, folders)
        return cls(path, tuple(sorted(names)), folders)

    @contextmanager
    def access(self) -> Iterator["FolderStore"]:
        """Nothing needs to be opened."""
        yield self

    def place(self, at: int) -> str:
        """Return the path of file `at`."""
        return os.path.join(self.path, *self.names[at].split("/"))

    def read(self, at: int) -> bytes:
        """Return the content of file `at`."""
        path = self.place(at)
        try:
            with open(path, "rb", buffering=0) as file:
                return file.read()
        except OSError as error:
            message = f"{self.names[at]} cannot be read: {error.strerror or error}"
            raise DataError(message, hint="Open the data again: files were moved.", where=path) from error

    def ends(self, at: int) -> tuple[bytes, bytes]:
        """Return the first and last bytes of file `at`, or nothing where it cannot be read."""
        try:
            with open(self.place(at), "rb", buffering=0) as file:
                start = file.read(HEAD_BYTES)
                if len(start) < HEAD_BYTES:
                    return start, start[-TAIL_BYTES:]
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL_BYTES))
                return start, file.read(TAIL_BYTES)
        except OSError:
            return b"", b""

    def size(self, at: int) -> int:
        """Return the bytes of file `at`; 0 where it is gone."""
        try:
            return os.path.getsize(self.place(at))
        except OSError:
            return 0

    def files(self, places: Sequence[int]) -> tuple[str, ...]:
        """Return the paths of these files."""
        return tuple(self.place(at) for at in places)


def _walk(
    folder: str, prefix: str, above: tuple[tuple[int, int], ...], names: list[str], folders: dict[str, int]
) -> None:
    status = os.stat(folder)
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    folders[prefix] = status.st_mtime_ns
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if magic.is_visible(entry.name)]
    for entry in visible:
        if entry.is_dir():
            _walk(entry.path, f"{prefix}{entry.name}/", (*above, here), names, folders)
        elif entry.is_file():
            names.append(prefix + entry.name)
            if len(names) % _TOLD_EVERY == 0:
                tell("Listing files", len(names))
