"""A folder, a zip or a tar, told by what it is and not by its name."""

from pathlib import Path

from kdstudio.data import magic
from kdstudio.data.stores import Store
from kdstudio.data.stores.folder import FolderStore
from kdstudio.data.stores.tars import TarStore, tar_names
from kdstudio.data.stores.zips import ZipStore
from kdstudio.data.zip_names import zip_names


def open_store(path: Path) -> tuple[Store, str]:
    """Return (store, "folder", "zip" or "tar"). Raises DataError for an archive that is damaged or means harm."""
    if path.is_dir():
        return FolderStore.open(path), "folder"
    if magic.is_zip(magic.head(path)):
        return ZipStore.open(path), "zip"
    return TarStore.open(path), "tar"


def first_names(path: Path) -> list[str]:
    """Return the names of the first visible files in an archive, which tell what it holds; never raises.

    They are 2,000 at most of a zip, 64 of a tar, and none of what is no archive.
    """
    names = (zip_names(path) or []) if magic.is_zip(magic.head(path)) else tar_names(path)
    return [name for name in names if all(map(magic.is_visible, name.split("/"))) and not name.endswith("/")]
