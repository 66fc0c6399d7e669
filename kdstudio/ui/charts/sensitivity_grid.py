"""What a student keeps without a share of each layer: layers by shares, the stronger the colour the more is kept."""

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter

from kdstudio.analysis.sensitivity import Sensitivity, rows, sentence
from kdstudio.ui.charts.grid_places import GridPlaces, shortened
from kdstudio.ui.charts.grids import Axis, Grid, Grids, draw_level, quoted
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.painting import count

_BESIDE, _LARGEST, _ROW = 72, (120, 34), 20  # pixels for the scale, of a cell at most, and of a row at least


class SensitivityGrid(Grids):
    """Colours go from nothing kept to all of the student's score; what was measured is written into the cells."""

    def __init__(self) -> None:
        super().__init__("Chart: What each layer can do without")
        self._found: Sensitivity | None = None
        self._kind = ""

    def set_found(self, found: Sensitivity | None, kind: str) -> None:
        """Show another measurement, or the other measure of it."""
        self._found, self._kind = found, kind
        if found is None:
            self.set_grids(Axis(()), [], self.accessibleName())
            return
        values, whole = found.values(kind)
        kept = np.clip(values / whole, 0, 1) if whole > 0 else values * 0
        columns = tuple(f"{share:.0%}" for share in found.shares)
        title, _ = found.measure(kind)
        pairs = zip(found.layers, found.tied, strict=True)
        names = tuple(f"{name} +{len(tied)}" if tied else name for name, tied in pairs)
        grid = Grid("", f"{title} without this share of the {found.unit} of a layer", columns, kept)
        self.set_grids(Axis(names, "", "Layer"), [grid], f"{title} without {found.unit} of one layer")
        self.setMinimumHeight(theme().px(_ROW * len(found.layers) + 58))
        self.setAccessibleDescription(self.as_text())

    def places(self) -> GridPlaces:
        """Return where everything stands."""
        names, columns = shortened(self._rows.names), [one.columns for one in self._shown]
        return GridPlaces.within(self.width(), self.height(), names, columns, beside=_BESIDE, largest=_LARGEST)

    def minimumSizeHint(self) -> QSize:
        """Cells whose numbers can be read."""
        return QSize(theme().px(380), theme().px(120))

    def words(self, which: int, i: int, j: int) -> str:
        """Return a cell in words: `conv1 without 4 of its 8 channels (50%): accuracy 81.0%, as it is 93.2%`."""
        found = self._found
        assert found is not None
        tied = f", and {', '.join(found.tied[i])} with it" if found.tied[i] else ""
        out = f"{count(found.taken(i, j))} of its {count(found.sizes[i])} {found.unit}"
        name = found.measure(self._kind)[1]
        whole = found.words(self._kind, found.values(self._kind)[1])
        return f"{found.layers[i]}{tied} without {out}: {name} {self.number(which, i, j)} instead of {whole}"

    def number(self, which: int, i: int, j: int) -> str:
        """Return what was measured."""
        assert self._found is not None
        return self._found.words(self._kind, float(self._found.values(self._kind)[0][i, j]))

    def scale_words(self) -> tuple[str, ...]:
        """Return the student's own score, and nothing."""
        if self._found is None:
            return super().scale_words()
        return self._found.words(self._kind, self._found.values(self._kind)[1]), self._found.words(self._kind, 0.0)

    def as_text(self) -> str:
        """The sentence, and a line for each layer."""
        if self._found is None:
            return ""
        shares = [f"{share:.0%}" for share in self._found.shares]
        lines = [
            f"{name}: " + ", ".join(f"{value} without {share}" for share, value in zip(shares, cells, strict=True))
            for name, cells in rows(self._found, self._kind)
        ]
        return "\n".join([sentence(self._found, self._kind), *lines])

    def as_csv(self) -> str:
        """A line for each cell, with both measures."""
        found, lines = self._found, ["layer,size,unit,share,taken,score,agreement"]
        if found is not None:
            for (i, j), score in np.ndenumerate(found.scores):
                numbers = ("" if np.isnan(one) else f"{one:.6g}" for one in (score, found.agreements[i, j]))
                taken = f"{found.unit},{found.shares[j]:g},{found.taken(i, j)}"
                lines.append(f"{quoted(found.layers[i])},{found.sizes[i]},{taken},{','.join(numbers)}")
        return "\n".join(lines) + "\n"

    def _draw_columns(self, painter: QPainter, places: GridPlaces, which: int, lit: int) -> None:
        if not draw_level(painter, places, which, self._shown[which].columns, lit):
            super()._draw_columns(painter, places, which, lit)
