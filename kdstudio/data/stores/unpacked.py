"""Plain copies of packed tars (gz, bz2, xz) in the cache folder: those used longest ago go when there are too many.

A packed tar cannot be read in the middle. Its copy is known by path, size and time, so that a changed one has another.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import threading
from pathlib import Path

from kdstudio.core.digest import digest_value
from kdstudio.core.errors import DataError
from kdstudio.core.paths import cache_folder
from kdstudio.data import magic
from kdstudio.data.stores.limits import check_ratio

PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")  # gz, bz2, xz
_BLOCK = 1024**2
_MOST_BYTES = 4 * 1024**3  # of all copies together
_in_use: set[Path] = set()  # copies that this process may read at any time until it ends


def unpacked(path: Path) -> Path:
    """Return a plain tar with the same content: `path` itself, or its copy, which is made if need be.

    Raises DataError where there is no room or the content is absurdly large, and what unpacking raises where it is
    damaged (EOFError, zlib.error, lzma.LZMAError, ValueError).
    """
    if not magic.head(path).startswith(PACKED):
        return path
    status = path.stat()
    key = digest_value([str(path), status.st_size, status.st_mtime_ns])
    plain = cache_folder() / "archives" / f"{key[:32]}.tar"
    _in_use.add(plain)
    if plain.exists():
        with contextlib.suppress(OSError):  # only the order in which copies go
            os.utime(plain)
        return plain
    plain.parent.mkdir(parents=True, exist_ok=True)
    _unpack(path, plain)
    _prune(plain.parent)
    return plain


def open_unpacked(path: Path) -> io.BufferedIOBase:
    """Open a tar, packed or not, so that reading gives the plain one from its beginning on."""
    start = magic.head(path, 8)
    if start.startswith(b"\x1f\x8b"):
        return gzip.open(path, "rb")
    if start.startswith(b"BZh"):
        return bz2.open(path, "rb")
    return lzma.open(path, "rb") if start.startswith(b"\xfd7zXZ") else open(path, "rb")


def _unpack(path: Path, plain: Path) -> None:
    temporary = plain.with_suffix(f".{os.getpid()}-{threading.get_ident()}.new")
    opened = open_unpacked(path)
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


def _prune(folder: Path) -> None:
    """Keep the copies that were used last, 4 GiB of them at most, and those that this process has opened."""
    found: list[tuple[int, int, Path]] = []
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process prunes too
            status = file.stat()
            found.append((status.st_mtime_ns, status.st_size, file))
    total = 0
    for _, size, file in sorted(found, reverse=True):
        total += size
        if total > _MOST_BYTES and file not in _in_use:
            with contextlib.suppress(OSError):  # Windows keeps what another process reads
                file.unlink()
