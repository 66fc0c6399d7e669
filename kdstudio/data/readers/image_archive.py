"""Images in a zip or tar: the same layouts as in a folder, read member by member without unpacking to the disk."""

from pathlib import Path
from typing import ClassVar

from kdstudio.data import magic
from kdstudio.data.dataset import Dataset
from kdstudio.data.image.image_set import image_set
from kdstudio.data.image.listing import list_store
from kdstudio.data.image.pictures import has_image_name
from kdstudio.data.stores.tars import TarStore, tar_names
from kdstudio.data.stores.zips import ZipStore
from kdstudio.data.zip_names import zip_names


class ImageArchiveReader:
    """Reads images in a zip or in a tar, which may be packed with gzip, bzip2 or xz."""

    title: ClassVar[str] = "a zip or tar of images"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure where at least half of the first members are called like images."""
        names = (zip_names(path) or []) if magic.is_zip(magic.head(path)) else tar_names(path)
        files = [name for name in names if all(map(magic.is_visible, name.split("/"))) and not name.endswith("/")]
        images = sum(map(has_image_name, files))
        return 0.85 if images and 2 * images >= len(files) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """List the archive, check each member at little cost, and decode a few to learn their shape."""
        if magic.is_zip(magic.head(path)):
            return image_set(path, "image zip", list_store(ZipStore.open(path)))
        return image_set(path, "image tar", list_store(TarStore.open(path)))


READER = ImageArchiveReader
