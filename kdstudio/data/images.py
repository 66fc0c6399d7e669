"""Image files: a check that costs little, and decoding to one shape.

Pillow is imported at first use: the window starts without it.
"""

import os
import struct
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data import magic

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm"}
)
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"
_ONE_READ = 4096  # holds small images whole
_TAIL_BYTES = 32
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)  # all of these come out of Pillow

Verdict = Literal["image", "broken", "other"]


def has_image_name(path: str) -> bool:
    """Whether the name ends as those of images do."""
    return os.path.splitext(path)[1].lower() in SUFFIXES


def check(path: str) -> Verdict:
    """Tell a readable image from a broken one and from a file that is none, mostly without decoding.

    JPEG and PNG end with known bytes, so that a truncated one is found by its end; where the end is unusual the image
    is decoded once. Damage in the middle of a file is only found by `decode`.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            start = end = file.read(_ONE_READ)
            if len(start) == _ONE_READ:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                end = file.read(_TAIL_BYTES)
    except OSError:
        start = end = b""
    kind = magic.image_kind(start)
    if kind is None:
        return "broken" if has_image_name(path) else "other"
    if (kind == "PNG" and end.endswith(_PNG_END)) or (kind == "JPEG" and end.endswith(_JPEG_END)):
        return "image"
    if _opens(path, whole=kind in ("PNG", "JPEG")):
        return "image"
    return "broken" if has_image_name(path) or kind in ("PNG", "JPEG") else "other"


def measure(path: str) -> tuple[int, int, bool] | None:
    """Return (H, W, whether it shows colour) of an image, or None where it cannot be decoded.

    Grey images that were stored as RGB count as grey.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            pixels = _pixels(image, "RGB")
    except (*_UNREADABLE, Image.DecompressionBombError):
        return None
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    is_colour = not (np.array_equal(red, green) and np.array_equal(green, blue))
    return pixels.shape[0], pixels.shape[1], is_colour


def decode(path: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Return an image as uint8 of `shape` (c, H, W), stretched to it (bilinear) where its size differs.

    As torchvision's ImageFolder does, transparency is dropped and the orientation in the EXIF data is not applied, so
    that a teacher trained with it sees what it saw. Raises DataError that names the file.
    """
    from PIL import Image

    channels, height, width = shape
    try:
        with Image.open(path) as image:
            pixels = _pixels(image, "L" if channels == 1 else "RGB", (width, height))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        hint = "Replace the file by a good copy, or remove it from the folder."
        raise DataError(f"{os.path.basename(path)} is damaged: {error}", hint=hint, where=path) from error
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _pixels(image: "PillowImage", mode: str, size: tuple[int, int] | None = None) -> np.ndarray:
    if image.mode.startswith(("I", "F")):  # 16 bits and more, which Pillow's convert would clip at 255
        image = _eight_bits(image)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    converted = image if image.mode == mode else image.convert(mode)
    if size is not None and converted.size != size:
        from PIL import Image

        converted = converted.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(converted, dtype=np.uint8)


def _eight_bits(image: "PillowImage") -> "PillowImage":
    from PIL import Image

    values: Any = np.asarray(image, dtype=np.float64)
    if image.mode != "F" or values.max(initial=0) > 255:
        values = values / 257.0
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _opens(path: str, *, whole: bool) -> bool:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if whole:
                image.load()
    except (*_UNREADABLE, Image.DecompressionBombError):
        return False
    return True
