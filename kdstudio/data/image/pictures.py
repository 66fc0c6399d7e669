"""Images as bytes: a check that costs little, and decoding to one shape.

Pillow is imported at first use: the window starts without it.
"""

import io
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
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
_ORIENTATION = 0x0112  # EXIF
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, KeyError, TypeError)  # of Pillow

Verdict = Literal["image", "broken", "other"]


@dataclass(frozen=True, slots=True)
class Look:
    """What decoding one image told: grey images that were stored as RGB count as grey."""

    height: int
    width: int
    is_colour: bool
    is_turned: bool = False  # its EXIF data wants it turned
    is_animated: bool = False


def has_image_name(path: str) -> bool:
    """Whether the name ends as those of images do."""
    return os.path.splitext(path)[1].lower() in SUFFIXES


def check(name: str, start: bytes, end: bytes, content: Callable[[], bytes]) -> Verdict:
    """Tell a readable image from a broken one and from a file that is none, mostly without decoding.

    `start` and `end` are its first 4,096 and last 32 bytes. JPEG and PNG end with known bytes, so that a truncated one
    is found by its end; where the end is unusual the image is decoded once. An empty end is not looked at. Damage in
    the middle of a file is only found by `decode`.
    """
    kind = magic.image_kind(start)
    if kind is None:
        return "broken" if has_image_name(name) else "other"
    ends = {"PNG": _PNG_END, "JPEG": _JPEG_END}
    if kind in ends and (not end or end.endswith(ends[kind])):
        return "image"
    try:
        if _opens(content(), whole=kind in ends):
            return "image"
    except DataError:
        pass
    return "broken" if has_image_name(name) or kind in ends else "other"


def measure(content: bytes) -> Look | None:
    """Return size, colour and oddities of an image, or None where it cannot be decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            is_turned = image.getexif().get(_ORIENTATION, 1) not in (0, 1)
            is_animated = getattr(image, "n_frames", 1) > 1 and image.format in ("GIF", "WEBP", "PNG")
            pixels = _pixels(image, "RGB")
    except (*_UNREADABLE, Image.DecompressionBombError):
        return None
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    is_colour = not (np.array_equal(red, green) and np.array_equal(green, blue))
    return Look(pixels.shape[0], pixels.shape[1], is_colour, is_turned, is_animated)


def decode(source: str | bytes, shape: tuple[int, int, int], name: str = "") -> np.ndarray:
    """Return an image (a path, or its bytes) as uint8 of `shape` (c, H, W), stretched to it (bilinear) if need be.

    As torchvision's ImageFolder does, transparency is dropped and the orientation in the EXIF data is not applied, so
    that a teacher trained with it sees what it saw; of an animation the first frame is taken. Raises DataError that
    names the file.
    """
    from PIL import Image

    channels, height, width = shape
    name = name or (source if isinstance(source, str) else "the image")
    try:
        with Image.open(source if isinstance(source, str) else io.BytesIO(source)) as image:
            pixels = _pixels(image, "L" if channels == 1 else "RGB", (width, height))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        hint = "Replace the file by a good copy, or remove it."
        raise DataError(f"{os.path.basename(name)} is damaged: {error}", hint=hint, where=name) from error
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
    elif values.max(initial=0) <= 1:
        values = values * 255.0
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _opens(content: bytes, *, whole: bool) -> bool:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            if whole:
                image.load()
    except (*_UNREADABLE, Image.DecompressionBombError):
        return False
    return True
