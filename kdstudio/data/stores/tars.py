"""A tar archive, read member by member at its offset. A packed one (gz, bz2, xz) is first unpacked to a plain tar.

That plain tar lies in the cache folder; no member is ever written to the disk.
"""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from kdstudio.core.digest import digest_value
from kdstudio.core.errors import DataError, Problem
from kdstudio.core.paths import cache_folder
from kdstudio.data import magic
from kdstudio.data.stores import HEAD_BYTES, TAIL_BYTES
from kdstudio.data.stores.limits import LARGEST_MEMBER, Refused, check_ratio, is_safe

_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")  # gz, bz2, xz
_BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError, OverflowError)
_BLOCK = 1024**2
_FEW = 64
_LOOK_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class TarStore:
    """The readable members of a tar: where the content of each begins in `plain`, and how long it is."""

    path: Path
    plain: Path
    names: tuple[str, ...] = field(repr=False)
    offsets: np.ndarray = field(repr=False)
    sizes: np.ndarray = field(repr=False)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def open(cls, path: Path) -> "TarStore":
        """List an archive, unpacked if need be. Raises DataError: damaged, or one that unpacks to absurdly much."""
        refused = Refused()
        good: dict[str, tuple[int, int]] = {}
        try:
            plain = _unpacked(path)
            size = plain.stat().st_size
            with tarfile.open(plain, "r:") as archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # type: ignore[attr-defined]  # it would keep every one, half a kilobyte each
                    if not member.isdir() and _is_good(member, size, refused):
                        good[member.name] = (member.offset_data, member.size)
        except _BROKEN as error:
            message = f"{path.name} is cut off or damaged: {error}"
            raise DataError(message, hint="Copy or download the archive again.", where=str(path)) from error
        names = tuple(sorted(good))
        offsets, sizes = (np.array([good[name][i] for name in names], dtype=np.int64) for i in (0, 1))
        return cls(path, plain, names, offsets, sizes, refused.problems())

    @contextmanager
    def access(self) -> Iterator["_Access"]:
        """Open the archive for one thread."""
        with open(self.plain, "rb") as file:
            yield _Access(self, file)

    def size(self, at: int) -> int:
        """Return the bytes of member `at`."""
        return int(self.sizes[at])

    def files(self, places: Sequence[int]) -> tuple[str, ...]:
        """Return the archive."""
        return (str(self.path),)


@dataclass(frozen=True, slots=True)
class _Access:
    store: TarStore
    file: IO[bytes]

    def read(self, at: int) -> bytes:
        """Return a member's content."""
        content = self._bytes(at, 0, int(self.store.sizes[at]))
        if len(content) != self.store.sizes[at]:
            message = f"{self.store.names[at]} in {self.store.path.name} is cut off"
            raise DataError(message, hint="Copy or download the archive again.", where=str(self.store.path))
        return content

    def ends(self, at: int) -> tuple[bytes, bytes]:
        """Return the first and last bytes of a member."""
        size = int(self.store.sizes[at])
        return self._bytes(at, 0, min(HEAD_BYTES, size)), self._bytes(at, max(0, size - TAIL_BYTES), TAIL_BYTES)

    def _bytes(self, at: int, start: int, count: int) -> bytes:
        self.file.seek(int(self.store.offsets[at]) + start)
        return self.file.read(min(count, int(self.store.sizes[at]) - start))


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, packed or not, told by its beginning."""
    return bool(tar_names(path))


def tar_names(path: Path) -> list[str]:
    """Return the names of the first members (64 at most, a few megabytes at most); none where it is no tar."""
    start = magic.head(path)
    if not start.startswith(_PACKED) and start[257:262] != b"ustar":
        return []
    names: list[str] = []
    try:
        with _opened(path) as file:
            beginning = io.BytesIO(file.read(_LOOK_BYTES))
        if beginning.getvalue()[257:262] != b"ustar":
            return []
        with tarfile.open(fileobj=beginning, mode="r:") as archive:
            while (member := archive.next()) is not None and len(names) < _FEW:
                if member.isfile():
                    names.append(member.name.removeprefix("./"))
    except (*_BROKEN, OSError):
        pass  # what lies behind the beginning is cut off
    return names


def _is_good(member: tarfile.TarInfo, size: int, refused: Refused) -> bool:
    member.name = member.name.removeprefix("./")
    if not is_safe(member.name, refused):
        return False
    why = ""
    if member.issym() or member.islnk():
        why = "are links"
    elif not member.isreg() or member.issparse():
        why = "are no plain files"
    elif member.size > LARGEST_MEMBER:
        why = "are larger than 2 GiB"
    elif member.offset_data + member.size > size:
        why = "are cut off"
    if why:
        refused.add(member.name, why)
    return not why


def _unpacked(path: Path) -> Path:
    """Return a plain tar with the same content: `path` itself, or one in the cache."""
    start = magic.head(path)
    if not start.startswith(_PACKED):
        return path
    status = path.stat()
    key = digest_value([str(path), status.st_size, status.st_mtime_ns])
    plain = cache_folder() / "archives" / f"{key[:32]}.tar"
    if not plain.exists():
        plain.parent.mkdir(parents=True, exist_ok=True)
        _unpack(path, plain)
    return plain


def _unpack(path: Path, plain: Path) -> None:
    temporary = plain.with_suffix(f".{os.getpid()}.new")
    opened = _opened(path)
    done = 0
    try:
        with opened, open(temporary, "wb") as file:
            while block := opened.read(_BLOCK):
                done += file.write(block)
                check_ratio(path, done, path.stat().st_size)
        os.replace(temporary, plain)
    except OSError as error:
        if error.errno is None:  # gzip and bz2 say so that the content is broken
            raise ValueError(str(error)) from error
        message = f"{path.name} cannot be unpacked into the cache: {error.strerror}"
        hint = "Make room on the disk, or unpack it yourself and choose the folder."
        raise DataError(message, hint=hint, where=str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    start = magic.head(path, 8)
    if start.startswith(b"\x1f\x8b"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if start.startswith(b"BZh"):
        return bz2.open(path, "rb")
    return lzma.open(path, "rb") if start.startswith(b"\xfd7zXZ") else open(path, "rb")
