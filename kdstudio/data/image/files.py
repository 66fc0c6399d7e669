"""Encoded images: read row by row and decoded in several threads, and what the look at a sample of them told."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.spread import spread
from kdstudio.data.dataset import Kind
from kdstudio.data.image.pictures import Look, decode, measure
from kdstudio.data.stores import Access, Store

Shape = tuple[int, int, int]
Encoded = Callable[[range], Iterator[tuple[bytes, str]]]
_SAMPLE = 64  # images that are decoded to learn size and colour
_DECODING_THREADS = 4  # Pillow decodes without the interpreter lock; more threads than that only wait for the disk


class EncodedImages(ABC):
    """Inputs that are decoded when they are read, each brought to `shape` (c, H, W), as uint8."""

    __slots__ = ()
    shape: Shape
    kind: ClassVar[Kind] = "image"

    @property
    def dtype(self) -> np.dtype:
        """Always uint8."""
        return np.dtype(np.uint8)

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def encoded(self, rows: np.ndarray) -> Encoded:
        """Return what gives, for a range of positions in `rows` (n,) int64, the images and their names, in a thread."""

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the inputs of these rows, (n, c, H, W); raises DataError that names an image it cannot decode."""
        rows = np.asarray(rows, dtype=np.int64)
        encoded = self.encoded(rows)
        block = np.empty((len(rows), *self.shape), dtype=np.uint8)
        threads = min(_DECODING_THREADS, len(rows))

        def fill(start: int) -> None:
            mine = range(start, len(rows), threads)
            for i, (content, name) in zip(mine, encoded(mine), strict=True):
                block[i] = decode(content, self.shape, name)

        if threads < 2:
            for start in range(threads):
                fill(start)
            return block
        with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
            list(pool.map(fill, range(threads)))
        return block


@dataclass(frozen=True, slots=True)
class ImageFiles(EncodedImages):
    """Inputs in image files: row i is file `places[i]` of the store, int64 (N,)."""

    store: Store
    places: np.ndarray
    shape: Shape

    def __len__(self) -> int:
        return len(self.places)

    def encoded(self, rows: np.ndarray) -> Encoded:
        """Return what reads files from the store."""
        places = self.places[rows].tolist()

        def contents(mine: range) -> Iterator[tuple[bytes, str]]:
            with self.store.access() as access:
                for i in mine:
                    yield access.read(places[i]), self._name(places[i])

        return contents

    def _name(self, at: int) -> str:
        folder = self.store.path
        return str(folder.joinpath(*self.store.names[at].split("/")))


def shape_of(store: Store, places: Sequence[int] | np.ndarray, problems: list[Problem]) -> Shape:
    """Return the commonest size in a sample of images, and one channel where all of the sample is grey.

    What has to be done to them is added to `problems`. Raises DataError where none can be decoded.
    """
    with store.access() as access:
        looks = [look for i in spread(len(places), _SAMPLE) if (look := _look(access, int(places[i])))]
    if not looks:
        raise DataError("the images cannot be decoded", hint="Copy them again.", where=str(store.path))
    return common_shape(looks, problems)


def _look(access: Access, at: int) -> Look | None:
    try:
        return measure(access.read(at))
    except DataError:
        return None


def common_shape(looks: Sequence[Look], problems: list[Problem]) -> Shape:
    """Return the shape that images are brought to, from a look at a sample of them, and say what that does to them."""
    sizes = Counter((look.height, look.width) for look in looks)
    height, width = min(sizes, key=lambda size: (-sizes[size], size))
    others = len(looks) - sizes[height, width]
    if others:
        message = f"images have different sizes: all are brought to the commonest, {width} × {height}"
        hint = f"{others} of {len(looks)} images looked at have another size and are stretched."
        problems.append(Problem(message=message, hint=hint, severity="warning"))
    turned = sum(look.is_turned for look in looks)
    if turned:
        message = (
            f"{turned} of {len(looks)} images looked at were taken with the camera turned (EXIF): they are not turned"
        )
        hint = "torchvision does not turn them either; turn them yourself if the teacher was trained so."
        problems.append(Problem(message=message, hint=hint, severity="note"))
    moving = sum(look.is_animated for look in looks)
    if moving:
        message = f"{moving} of {len(looks)} images looked at are animated: the first picture of each is used"
        problems.append(Problem(message=message, severity="note"))
    return 3 if any(look.is_colour for look in looks) else 1, height, width
