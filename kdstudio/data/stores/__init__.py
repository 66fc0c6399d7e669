"""Stores: files by their names, wherever they lie (a folder, a zip, a tar), read one by one and never unpacked."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kdstudio.core.errors import Problem


class Access(Protocol):
    """The files of a store as one thread reads them. Raises DataError that names the file."""

    def read(self, at: int) -> bytes:
        """Return the whole content of file `at`."""

    def ends(self, at: int) -> tuple[bytes, bytes]:
        """Return the first 4,096 bytes of file `at` and its last 32; no end where finding it means reading it all."""


class Store(Protocol):
    """Files by name: file `at` is called `names[at]`, relative, with slashes on every system, in sorted order."""

    @property
    def path(self) -> Path:
        """The folder or archive."""

    @property
    def names(self) -> Sequence[str]:
        """The visible files; those that are unsafe to read are left out."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out, and why."""

    def access(self) -> AbstractContextManager[Access]:
        """Open the store for one thread; any number of threads may do so at the same time."""

    def size(self, at: int) -> int:
        """Return the bytes of file `at`."""

    def files(self, places: Sequence[int]) -> tuple[str, ...]:
        """Return the paths on the disk that the files at these places lie in."""


HEAD_BYTES = 4096  # holds small images whole
TAIL_BYTES = 32
