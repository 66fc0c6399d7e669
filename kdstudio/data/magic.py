"""What the first bytes of a file say about it; extensions are never trusted."""

import os
import struct
import zlib
from itertools import islice
from pathlib import Path

HEAD_BYTES = 512
_FEW = 200
_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_IMAGES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})  # what Windows and macOS leave in folders


def head(path: Path, count: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of a file, or nothing where it cannot be read or is no regular file."""
    try:
        if not path.is_file():
            return b""
        with open(path, "rb") as file:
            return file.read(count)
    except OSError:
        return b""


def is_visible(name: str) -> bool:
    """Whether a file or folder of this name is meant by a person: not hidden, not left there by the system."""
    return not name.startswith(".") and name.lower() not in IGNORED_NAMES


def first_entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """Return up to `most` visible entries of a folder in the order of the disk; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return list(islice((entry for entry in entries if is_visible(entry.name)), most))
    except OSError:
        return []


def few_files(folder: Path) -> list[Path]:
    """Return the visible files directly in a folder, sorted; none where there are very many.

    A data set in a few files has a few files: a folder of 60,000 images is not opened file by file to look for them.
    """
    try:
        with os.scandir(folder) as entries:
            visible = (Path(entry.path) for entry in entries if is_visible(entry.name) and not entry.is_dir())
            files = list(islice(visible, _FEW + 1))
    except OSError:
        return []
    return sorted(files) if len(files) <= _FEW else []


def image_kind(start: bytes) -> str | None:
    """Return the image format that a file beginning with `start` has, or None."""
    for magic, kind in _IMAGES:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if len(start) > 2 and start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace():
        return "PNM"
    return None


def is_npy(start: bytes) -> bool:
    """Whether a file beginning with `start` is one numpy array."""
    return start.startswith(b"\x93NUMPY")


def is_zip(start: bytes) -> bool:
    """Whether a file beginning with `start` is a zip archive (npz, PyTorch and many others are)."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_gzip(start: bytes) -> bool:
    """Whether a file beginning with `start` is compressed with gzip."""
    return start.startswith(b"\x1f\x8b")


def unzipped(start: bytes) -> bytes:
    """Return what the beginning of a gzip file unpacks to, or nothing where it is broken."""
    try:
        return zlib.decompressobj(31).decompress(start, HEAD_BYTES)
    except zlib.error:
        return b""


def idx_header(start: bytes) -> tuple[str, tuple[int, ...], int] | None:
    """Return (numpy type, shape, header bytes) of an IDX file (unpacked) beginning with `start`, or None.

    The format is that of http://yann.lecun.com/exdb/mnist: two zero bytes, type, number of dimensions, sizes.
    """
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_TYPES or not 1 <= start[3] <= 4:
        return None
    length = 4 + 4 * start[3]
    if len(start) < length:
        return None
    return _IDX_TYPES[start[2]], struct.unpack(f">{start[3]}I", start[4:length]), length


def llama2c_parameters(start: bytes, size: int) -> int | None:
    """Return the number of weights in a llama2.c checkpoint of `size` bytes beginning with `start`, or None.

    The format has no magic number: seven int32 (dim, hidden, layers, heads, key-value heads, vocabulary, length), then
    float32 weights, whose number must fit (https://github.com/karpathy/llama2.c, `export.py`, version 0).
    """
    if len(start) < 28:
        return None
    dim, hidden, layers, heads, kv_heads, vocabulary, length = struct.unpack("<7i", start[:28])
    shared, vocabulary = vocabulary > 0, abs(vocabulary)  # negative: the classifier has weights of its own
    if min(dim, hidden, layers, heads, kv_heads, vocabulary, length) < 1 or dim % heads or heads % kv_heads:
        return None
    attention = 2 * dim * dim + 2 * dim * (dim // heads) * kv_heads
    weights = vocabulary * dim * (1 if shared else 2) + layers * (2 * dim + attention + 3 * dim * hidden) + dim
    rotations = length * (dim // heads)  # sines and cosines, stored beside the weights
    return weights if size == 28 + 4 * (weights + rotations) else None
