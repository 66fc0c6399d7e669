"""Small portraits of inputs for lists and grids: decoded when they are first seen, kept for a while."""

from collections import OrderedDict
from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap

from kdstudio.data.face import Face
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.portraits import portrait

KEPT = 800
BUDGET = 0.008  # seconds for decoding within one paint

Source = Callable[[int], Face | None]
_Key = tuple[int, int, int, float, bool]  # row, width, height, ratio, whether the theme is dark


class SamplePictures:
    """Pixmaps by row. Within a paint it decodes for a few milliseconds at most; what is left out comes with the next.

    `source` returns what can be shown of a row, or None where there is nothing; `is_read` says whether that is words.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.is_read = False
        self._kept: OrderedDict[_Key, QPixmap | None] = OrderedDict()
        self._spent = 0.0
        self.is_behind = False  # whether the last paint left pictures out

    def clear(self) -> None:
        """Forget everything: other data is shown."""
        self._kept.clear()

    def begin(self) -> None:
        """A paint begins."""
        self._spent = 0.0
        self.is_behind = False

    def pixmap(self, row: int, size: QSize, ratio: float) -> QPixmap | None:
        """Return the portrait of a row, `size` in device-independent pixels, or None (yet)."""
        key = (row, size.width(), size.height(), ratio, theme().is_dark)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if self._spent > BUDGET:
            self.is_behind = True
            return None
        began = perf_counter()
        face = self._source(row)
        self._kept[key] = None if face is None else portrait(face, size, ratio)
        self._spent += perf_counter() - began
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]
