"""Which files of a store are images, found at little cost and remembered for large folders."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.digest import digest_value
from kdstudio.core.errors import DataError, Problem
from kdstudio.core.files import write_bytes
from kdstudio.core.paths import cache_folder
from kdstudio.data.image.pictures import Verdict, check, has_image_name
from kdstudio.data.stores import Access, Store
from kdstudio.data.stores.folder import FolderStore
from kdstudio.data.stores.looking import look_at_each

MOST_CHECKED = 150_000  # images whose first and last bytes are looked at: about five seconds
REMEMBERED = 5_000  # files from which on a listing is worth keeping
_SETTLED_SECONDS = 2.0  # a folder that changed since may change again within the same tick of the clock
_VERSION = 1
_CODES: dict[Verdict, str] = {"image": "i", "broken": "b", "other": "o"}


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a store: `images` and `broken` are their places in it, int (n,); the rest are no images."""

    store: Store
    images: np.ndarray
    broken: np.ndarray
    problems: tuple[Problem, ...] = ()


def list_folder(path: Path) -> Listing:
    """List a folder; a large one from the cache, where no folder in it has changed since. Raises OSError."""
    remembered = _remembered(path)
    if remembered is not None:
        return _listing(*remembered)
    listing, verdicts = _checked(FolderStore.open(path))
    _remember(listing.store, verdicts)
    return listing


def list_store(store: Store) -> Listing:
    """Tell the images of a store from its other files."""
    return _checked(store)[0]


def _checked(store: Store) -> tuple[Listing, str]:
    """Check each file by its first and last bytes; of very many a share, and the names of the rest are believed."""
    names = store.names
    step = -(-len(names) // MOST_CHECKED) if len(names) > MOST_CHECKED else 1
    verdicts = ["i" if has_image_name(name) else "o" for name in names] if step > 1 else [""] * len(names)

    def look(access: Access, at: int) -> None:
        verdicts[at] = _CODES[_verdict(access, names[at], at)]

    look_at_each(store, step, look, "Checking images")
    code = "".join(verdicts)
    return _listing(store, code), code


def _verdict(access: Access, name: str, at: int) -> Verdict:
    try:
        start, end = access.ends(at)
    except DataError:  # a member of an archive is damaged
        start = end = b""
    return check(name, start, end, lambda: access.read(at))


def _listing(store: Store, verdicts: str) -> Listing:
    codes = np.frombuffer(verdicts.encode(), dtype=np.uint8)
    problems = store.problems
    if len(codes) > MOST_CHECKED:
        looked = len(range(0, len(codes), -(-len(codes) // MOST_CHECKED)))
        message = f"there are {len(codes):,} files: {looked:,} were checked, and the names of the others believed"
        problems = (*problems, Problem(message=message, severity="note"))
    return Listing(store, np.flatnonzero(codes == ord("i")), np.flatnonzero(codes == ord("b")), problems)


def _place(path: Path) -> Path:
    return cache_folder() / "listings" / f"{digest_value(str(path))[:32]}.json"


def _remembered(path: Path) -> tuple[FolderStore, str] | None:
    try:
        value: dict[str, Any] = json.loads(_place(path).read_bytes())
        if value["version"] != _VERSION or value["path"] != str(path):
            return None
        names, folders, verdicts = tuple(map(str, value["names"])), dict(value["folders"]), str(value["verdicts"])
        has_changed = any(os.stat(path / name).st_mtime_ns != changed for name, changed in folders.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if has_changed or len(verdicts) != len(names):
        return None
    return FolderStore(path, names, folders), verdicts


def _remember(store: Store, verdicts: str) -> None:
    """Keep a listing, unless the folder is small or still changing; a full disk only makes the next opening slow."""
    if not isinstance(store, FolderStore) or len(store.names) < REMEMBERED:
        return
    if max(store.folders.values()) > (time.time() - _SETTLED_SECONDS) * 1e9:
        return
    value = {
        "version": _VERSION,
        "path": str(store.path),
        "folders": store.folders,
        "names": store.names,
        "verdicts": verdicts,
    }
    try:
        write_bytes(_place(store.path), json.dumps(value).encode(), durable=False)
    except (OSError, UnicodeEncodeError):
        return
