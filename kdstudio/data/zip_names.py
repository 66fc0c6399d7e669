"""The first names in a zip archive, without parsing all of a large one: `zipfile` takes 2 s for 60,000 members."""

import struct
import zipfile
from pathlib import Path

_MOST = 2000  # enough to know what an archive is
_DIRECTORY_BYTES = 512 * 1024
_END = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_BYTES = 65_535
_ENTRY = struct.Struct("<4s24x3H12x")  # signature, lengths of name, extra field and comment (APPNOTE 4.3.12)


def zip_names(path: Path) -> list[str] | None:
    """Return the names of up to 2,000 members, or None where the directory at the archive's end is missing."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = max(0, size - _END_BYTES - _COMMENT_BYTES)
            file.seek(start)
            tail = file.read()
            at = tail.rfind(_END)
            if at < 0 or len(tail) - at < _END_BYTES:
                return None
            length, offset = struct.unpack("<II", tail[at + 12 : at + 20])
            if 0xFFFFFFFF in (length, offset):  # more than 4 GiB: sizes stand elsewhere, and members are few
                with zipfile.ZipFile(file) as archive:
                    return archive.namelist()[:_MOST]
            file.seek(offset)
            return _names(file.read(min(length, _DIRECTORY_BYTES)))
    except (OSError, zipfile.BadZipFile, ValueError):
        return None


def _names(directory: bytes) -> list[str]:
    names: list[str] = []
    position = 0
    while len(names) < _MOST and position + _ENTRY.size <= len(directory):
        signature, name, extra, comment = _ENTRY.unpack_from(directory, position)
        if signature != b"PK\x01\x02":
            break
        begin = position + _ENTRY.size
        names.append(directory[begin : begin + name].decode("utf-8", "replace"))
        position = begin + name + extra + comment
    return names
