"""Images in a zip or tar: the same layouts as in a folder, read member by member without unpacking to the disk."""

from pathlib import Path
from typing import ClassVar

from kdstudio.data.dataset import Dataset
from kdstudio.data.image.image_set import image_set
from kdstudio.data.image.listing import list_store
from kdstudio.data.image.pictures import has_image_name
from kdstudio.data.labels import AUTO
from kdstudio.data.stores.opening import first_names, open_store


class ImageArchiveReader:
    """Reads images in a zip or in a tar, which may be packed with gzip, bzip2 or xz."""

    title: ClassVar[str] = "a zip or tar of images"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure where at least half of the first members are called like images."""
        files = first_names(path)
        images = sum(map(has_image_name, files))
        return 0.85 if images and 2 * images >= len(files) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """List the archive, check each member at little cost, and decode a few to learn their shape."""
        return ImageArchiveReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Do so with the classes in the column `target` of a table in the archive or beside it."""
        store, form = open_store(path)
        return image_set(path, f"image {form}", list_store(store), target)


READER = ImageArchiveReader
