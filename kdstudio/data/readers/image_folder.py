"""Image folders: a sub-folder for each class, a table of labels, or no labels; with or without train/val/test on top.

Images are recognised by their content and only decoded when they are read.
"""

from pathlib import Path
from typing import ClassVar

from kdstudio.data import label_table, magic
from kdstudio.data.dataset import Dataset
from kdstudio.data.image.image_set import image_set
from kdstudio.data.image.listing import list_folder
from kdstudio.data.image.pictures import has_image_name
from kdstudio.data.labels import AUTO

_LOOK = 24  # entries of a folder that sniffing looks at
_ROWS_BYTES = 16 * 1024


class ImageFolderReader:
    """Reads a folder of images, or the folder that a table of their labels lies in."""

    title: ClassVar[str] = (
        "a folder of images (in a sub-folder for each class, with a table of labels, or without labels)"
    )

    @staticmethod
    def sniff(path: Path) -> float:
        """Fairly sure where sub-folders hold images, less where most of the files are images without sub-folders."""
        if not path.is_dir():
            return 0.7 if _names_images(path) else 0.0
        inside = magic.first_entries(path, _LOOK)
        if any(_holds_image(Path(entry.path), depth=3) for entry in inside if entry.is_dir()):
            return 0.85
        files = [entry for entry in inside if entry.is_file()]
        images = sum(_may_be_image(Path(entry.path)) for entry in files)
        return 0.6 if images and 2 * images >= len(files) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read the names of all images, check each at little cost, and decode a few to learn their shape."""
        return ImageFolderReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Do so with the classes in the column `target` of a table beside the images."""
        folder = path if path.is_dir() else path.parent
        return image_set(folder, "image folder", list_folder(folder), target)


READER = ImageFolderReader


def _names_images(path: Path) -> bool:
    """Whether a table names image files that lie beside it."""
    if path.suffix.lower() not in label_table.SUFFIXES:
        return False
    words = magic.head(path, _ROWS_BYTES).decode("utf-8", "replace").replace('"', "").splitlines()[1:12]
    cells = [cell.strip() for line in words for cell in line.replace("\t", ",").replace(";", ",").split(",")]
    return any(has_image_name(cell) and (path.parent / cell).is_file() for cell in cells if len(cell) < 200)


def _holds_image(folder: Path, *, depth: int) -> bool:
    entries = magic.first_entries(folder, _LOOK)
    if any(entry.is_file() and _may_be_image(Path(entry.path)) for entry in entries):
        return True
    return depth > 0 and any(_holds_image(Path(e.path), depth=depth - 1) for e in entries if e.is_dir())


def _may_be_image(path: Path) -> bool:
    return has_image_name(path.name) or magic.image_kind(magic.head(path, 16)) is not None
