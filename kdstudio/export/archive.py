"""An export as one zip file: what a person sends, or lays beside an app."""

import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes
_LEVEL = 6


def archive(folder: Path, names: Iterable[str]) -> Path:
    """Write these files and folders of `folder` into `folder`.zip beside it, in a folder of its name; return its path.

    The file is whole or not there, and an older one is replaced. Raises OSError where it cannot be written.
    """
    target = folder.with_name(f"{folder.name}.zip")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
            for file in _files(folder, names):
                entry = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", _DATE)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with file.open("rb") as source, packed.open(entry, "w", force_zip64=True) as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _files(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in sorted(set(names)):
        path = folder / name
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        elif path.exists():
            yield path
