"""A zip archive, read member by member at its offset, so that threads share nothing.

Members are never written to the disk, so that names cannot lead out of a folder; `zipfile` lists them, but its objects
are slow to make (10 µs a member), and one object cannot be read by two threads without waiting.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data.stores import HEAD_BYTES, TAIL_BYTES
from kdstudio.data.stores.archive import Archive, cut_off
from kdstudio.data.stores.limits import LARGEST_MEMBER, Refused, check_ratio, is_safe

_LOCAL = struct.Struct("<4s22x2H")  # signature, lengths of name and extra field (APPNOTE 4.3.7)
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_WHOLE_BYTES = 256 * 1024**2  # up to here all packed members are unpacked once to look at their ends
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipStore(Archive):
    """The readable members of a zip, each array (N,): where each begins, how long it is packed, its checksum."""

    offsets: np.ndarray = field(repr=False)
    packed: np.ndarray = field(repr=False)
    sums: np.ndarray = field(repr=False)  # CRC-32 of the content
    is_deflated: np.ndarray = field(repr=False)
    is_small: bool  # all of it may be unpacked to look at the members' ends

    @classmethod
    def open(cls, path: Path) -> "ZipStore":
        """List an archive. Raises DataError: damaged, encrypted, or one that unpacks to absurdly much."""
        refused = Refused()
        try:
            with zipfile.ZipFile(path) as archive:
                listed = [info for info in archive.infolist() if not info.is_dir()]
        except _BROKEN as error:
            raise cut_off(path, error) from error
        check_ratio(path, sum(info.file_size for info in listed), sum(info.compress_size for info in listed))
        _refuse_encrypted(path, listed)
        good = {info.filename: info for info in listed if _is_good(info, refused)}
        kept = [good[name] for name in sorted(good)]
        return cls(
            path=path,
            names=tuple(info.filename for info in kept),
            offsets=np.array([info.header_offset for info in kept], dtype=np.int64),
            packed=np.array([info.compress_size for info in kept], dtype=np.int64),
            sizes=np.array([info.file_size for info in kept], dtype=np.int64),
            sums=np.array([info.CRC for info in kept], dtype=np.uint32),
            is_deflated=np.array([info.compress_type == zipfile.ZIP_DEFLATED for info in kept], dtype=bool),
            is_small=sum(info.compress_size for info in kept) <= _WHOLE_BYTES,
            problems=refused.problems(),
        )

    @contextmanager
    def access(self) -> Iterator["_Access"]:
        """Open the archive for one thread."""
        with open(self.path, "rb") as file:
            yield _Access(self, file)


@dataclass(frozen=True, slots=True)
class _Access:
    store: ZipStore
    file: IO[bytes]

    def read(self, at: int) -> bytes:
        """Return a member's content, checked against its length and checksum."""
        store = self.store
        content = self._packed(at, int(store.packed[at]))
        if store.is_deflated[at]:
            content = self._inflated(at, content, int(store.sizes[at]) + 1)
        if len(content) != store.sizes[at] or zlib.crc32(content) != store.sums[at]:
            raise self.store.damaged(at, "its length or checksum is wrong")
        return content

    def ends(self, at: int) -> tuple[bytes, bytes]:
        """Return the first and last bytes of a member; of packed ones in a large archive only the first."""
        store, size = self.store, int(self.store.sizes[at])
        if not store.is_deflated[at]:
            start = self._packed(at, min(HEAD_BYTES, size))
            if size <= HEAD_BYTES:
                return start, start[-TAIL_BYTES:]
            self.file.seek(size - TAIL_BYTES - len(start), 1)
            return start, self.file.read(TAIL_BYTES)
        if size <= HEAD_BYTES or store.is_small:
            content = self.read(at)
            return content[:HEAD_BYTES], content[-TAIL_BYTES:]
        return self._inflated(at, self._packed(at, min(HEAD_BYTES, int(store.packed[at]))), HEAD_BYTES), b""

    def _packed(self, at: int, count: int) -> bytes:
        """Return the first bytes of a member as they are stored."""
        try:
            self.file.seek(int(self.store.offsets[at]))
            header = self.file.read(30)
            signature, name, extra = _LOCAL.unpack(header)
            if signature != b"PK\x03\x04":
                raise self.store.damaged(at, "the archive's directory points to something else")
            self.file.seek(name + extra, 1)
            return self.file.read(count)
        except (OSError, struct.error) as error:
            raise self.store.damaged(at, str(error)) from error

    def _inflated(self, at: int, content: bytes, most: int) -> bytes:
        try:
            return zlib.decompressobj(-15).decompress(content, most)
        except zlib.error as error:
            raise self.store.damaged(at, str(error)) from error


def _is_good(info: zipfile.ZipInfo, refused: Refused) -> bool:
    why = ""
    if not is_safe(info.filename, refused):
        return False
    if stat.S_ISLNK(info.external_attr >> 16):
        why = "are links"
    elif info.compress_type not in _KNOWN:
        why = "are packed in a rare way (neither stored nor deflated)"
    elif info.file_size > LARGEST_MEMBER:
        why = "are larger than 2 GiB"
    if why:
        refused.add(info.filename, why)
    return not why


def _refuse_encrypted(path: Path, listed: Sequence[zipfile.ZipInfo]) -> None:
    count = sum(info.flag_bits & 1 for info in listed)
    if count:
        message = f"{count:,} of the {len(listed):,} files in {path.name} are encrypted"
        raise DataError(message, hint="Unpack it with its password and choose the folder.", where=str(path))
