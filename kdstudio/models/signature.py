"""What a file is, in words, from its first bytes: for saying why it cannot be opened."""

import zipfile
from pathlib import Path

HEAD = 1024  # bytes that are looked at
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer: the text that stands for a large file which was not downloaded"),
    (b"\x89HDF", "an HDF5 file (Keras)"),
    (b"GGUF", "a GGUF language model"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"\x00\x00\x08\x01", "IDX data (labels)"),
    (b"\x00\x00\x08\x03", "IDX data (images)"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_LEGACY_TORCH = bytes.fromhex("6cfc9c46f9206aa85019")  # torch's magic number as a pickled long


def signature(path: Path, head: bytes) -> str:
    """Return what the file is: `a web page (HTML)`, `an ONNX model` ..., `an unknown kind of file`."""
    if head.startswith(b"PK"):
        return zip_signature(path)
    for magic, words in _MAGIC:
        if head.startswith(magic):
            return words
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model"
    if is_pickle(head):
        return "a Python pickle"
    if _is_onnx(head):
        return "an ONNX model"
    return _text(head) or "an unknown kind of file"


def is_legacy_torch(head: bytes) -> bool:
    """Whether the file was written by torch.save before torch 1.6."""
    return _LEGACY_TORCH in head[:32]


def is_pickle(head: bytes) -> bool:
    """Whether the file begins like a pickle of protocol 2 to 5."""
    return len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5


def zip_signature(path: Path) -> str:
    """Return what a zip file holds, by the names in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.rpartition("/")[2] if name.count("/") == 1 else name for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return "a zip file that is cut short or damaged"
    if "constants.pkl" in names:
        return "a TorchScript program"
    if any(name.endswith(("archive_format", "serialized_exported_program.json")) for name in names):
        return "an exported PyTorch program (.pt2)"
    if "data.pkl" in names:
        return "a PyTorch file"
    if any(name.endswith(".npy") for name in names):
        return "a NumPy archive (npz)"
    if any(name.endswith(("config.json", "model.weights.h5")) for name in names):
        return "a Keras model"
    return "a zip archive"


def _is_onnx(head: bytes) -> bool:
    """An ONNX model begins with its IR version (field 1, varint) and names its producer or opset soon after."""
    return len(head) > 4 and head[0] == 0x08 and head[1] < 0x20 and head[2] in (0x12, 0x1A, 0x3A, 0x42)


def _text(head: bytes) -> str:
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD else "ignore").lstrip("\ufeff \r\n\t").lower()
    except UnicodeDecodeError:
        return ""
    if "\x00" in text:
        return ""
    if text.startswith(("<!doctype", "<html", "<head", "<?xml")):
        return "a web page (HTML), probably an error page saved in place of the download"
    return "JSON text" if text.startswith(("{", "[")) else "a text file"
