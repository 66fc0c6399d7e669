"""SHA-256 digests of files, folders and values: what a cache key and a provenance record are made of."""

import hashlib
import json
from pathlib import Path
from typing import Any


def digest_bytes(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def digest_value(value: Any) -> str:
    """Return the digest of a JSON value, independent of key order."""
    return digest_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def digest_file(path: Path) -> str:
    """Return the digest of a file's content, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_path(path: Path) -> str:
    """Return the digest of a file, or of the files directly in a folder."""
    return digest_folder(path) if path.is_dir() else digest_file(path)


def digest_folder(folder: Path, *, leave_out: str = "") -> str:
    """Return the digest of the names and contents of the files directly in `folder`, but for `leave_out`."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name != leave_out)
    if not files:
        raise FileNotFoundError(folder)
    return digest_value([[file.name, digest_file(file)] for file in files])
