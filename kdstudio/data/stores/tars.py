"""A tar archive, read member by member at its offset. A packed one (gz, bz2, xz) is first unpacked to a plain tar.

That plain tar lies in the cache folder; no member is ever written to the disk.
"""

import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from kdstudio.data import magic
from kdstudio.data.stores import HEAD_BYTES, TAIL_BYTES
from kdstudio.data.stores.archive import Archive, cut_off
from kdstudio.data.stores.limits import LARGEST_MEMBER, Refused, is_safe
from kdstudio.data.stores.unpacked import PACKED, open_unpacked, unpacked

_BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError, OverflowError)
_FEW = 64
_LOOK_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class TarStore(Archive):
    """The readable members of a tar: the content of each begins at `offsets[at]` of the file `plain`, int64 (N,)."""

    plain: Path
    offsets: np.ndarray = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> "TarStore":
        """List an archive, unpacked if need be. Raises DataError: damaged, or one that unpacks to absurdly much."""
        refused = Refused()
        good: dict[str, tuple[int, int]] = {}
        try:
            plain = unpacked(path)
            size = plain.stat().st_size
            with tarfile.open(plain, "r:") as archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # type: ignore[attr-defined]  # it would keep every one, half a kilobyte each
                    if not member.isdir() and _is_good(member, size, refused):
                        good[member.name] = (member.offset_data, member.size)
        except _BROKEN as error:
            raise cut_off(path, error) from error
        names = tuple(sorted(good))
        offsets, sizes = (np.array([good[name][i] for name in names], dtype=np.int64) for i in (0, 1))
        problems = refused.problems()
        return cls(path=path, plain=plain, names=names, offsets=offsets, sizes=sizes, problems=problems)

    @contextmanager
    def access(self) -> Iterator["_Access"]:
        """Open the archive for one thread; its copy is made again where somebody has cleared the cache."""
        if not self.plain.exists():
            unpacked(self.path)
        with open(self.plain, "rb") as file:
            yield _Access(self, file)


@dataclass(frozen=True, slots=True)
class _Access:
    store: TarStore
    file: IO[bytes]

    def read(self, at: int) -> bytes:
        """Return a member's content."""
        content = self._bytes(at, 0, int(self.store.sizes[at]))
        if len(content) != self.store.sizes[at]:
            raise self.store.damaged(at, "it is cut off")
        return content

    def ends(self, at: int) -> tuple[bytes, bytes]:
        """Return the first and last bytes of a member."""
        size = int(self.store.sizes[at])
        return self._bytes(at, 0, min(HEAD_BYTES, size)), self._bytes(at, max(0, size - TAIL_BYTES), TAIL_BYTES)

    def _bytes(self, at: int, start: int, count: int) -> bytes:
        self.file.seek(int(self.store.offsets[at]) + start)
        return self.file.read(min(count, int(self.store.sizes[at]) - start))


def tar_names(path: Path) -> list[str]:
    """Return the names of the first members (64 at most, a few megabytes at most); none where it is no tar."""
    start = magic.head(path)
    if not start.startswith(PACKED) and start[257:262] != b"ustar":
        return []
    names: list[str] = []
    try:
        with open_unpacked(path) as file:
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
