"""Thumbnails of inputs for lists and grids: decoded when they are first seen, kept for a while."""

from collections import OrderedDict
from collections.abc import Callable
from time import perf_counter

import numpy as np
from PySide6.QtGui import QPixmap

from kdstudio.ui.widgets.pictures import thumbnail

KEPT = 800
BUDGET = 0.008  # seconds for decoding within one paint

Source = Callable[[int], np.ndarray | None]


class SamplePictures:
    """Pixmaps by row. Within a paint it decodes for a few milliseconds at most; what is left out comes with the next.

    `source` returns the picture (c, H, W) of a row, or None where there is none.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: OrderedDict[tuple[int, int, float], QPixmap | None] = OrderedDict()
        self._spent = 0.0
        self.is_behind = False  # whether the last paint left pictures out

    def clear(self) -> None:
        """Forget everything: other data is shown."""
        self._kept.clear()

    def begin(self) -> None:
        """A paint begins."""
        self._spent = 0.0
        self.is_behind = False

    def pixmap(self, row: int, size: int, ratio: float) -> QPixmap | None:
        """Return the picture of a row, `size` device-independent pixels square, or None (yet)."""
        key = (row, size, ratio)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if self._spent > BUDGET:
            self.is_behind = True
            return None
        began = perf_counter()
        array = self._source(row)
        self._kept[key] = None if array is None else thumbnail(array, size, ratio)
        self._spent += perf_counter() - began
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]
