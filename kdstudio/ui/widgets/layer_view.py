"""What a drawing of two networks shows: their layers, the pairs between them, and where which layer lies."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from PySide6.QtCore import QPointF, QRectF

Side = Literal["student", "teacher"]
Pair = tuple[str, str]
SIDES: tuple[Side, Side] = ("student", "teacher")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its name, the shape (c, h, w), (L, d) or (d,) of what it gives, and whether another contains it."""

    name: str
    shape: tuple[int, ...]
    is_inside: bool = False

    @property
    def size(self) -> str:
        """The shape in words."""
        return f"{self.shape[0]} × {self.shape[1]}×{self.shape[2]}" if len(self.shape) == 3 else (
            f"{self.shape[0]} tokens × {self.shape[1]}" if len(self.shape) == 2 else f"{self.shape[0]} numbers"
        )  # fmt: skip

    @property
    def places(self) -> int:
        """How many places it looks at."""
        return math.prod(self.shape[1:]) if len(self.shape) == 3 else self.shape[0] if len(self.shape) == 2 else 1

    @property
    def channels(self) -> int:
        """How many numbers it gives for each place."""
        return self.shape[0] if len(self.shape) == 3 else self.shape[-1]


@dataclass(frozen=True, slots=True)
class Networks:
    """Both networks and the pairs of one method, as the engine's check tells them."""

    layers: Mapping[Side, tuple[Layer, ...]] = field(default_factory=lambda: {"student": (), "teacher": ()})
    pairs: tuple[Pair, ...] = ()
    between: Mapping[Pair, str] = field(default_factory=dict)  # what stands between the layers of a pair, in words
    closed: Mapping[Side, Mapping[str, str]] = field(default_factory=lambda: {"student": {}, "teacher": {}})
    misfits: Mapping[Pair, str] = field(default_factory=dict)

    def why_not(self, own: str, other: str) -> str:
        """Return why two layers cannot be a pair, or nothing."""
        found = self.closed["student"].get(own) or self.closed["teacher"].get(other) or self.misfits.get((own, other))
        return found or ("These two are a pair already." if (own, other) in self.pairs else "")

    def condensed(self) -> "Networks":
        """Leave out the layers inside of others, but for those of pairs."""
        paired = {side: {pair[at] for pair in self.pairs} for at, side in enumerate(SIDES)}
        kept = {
            side: tuple(one for one in self.layers[side] if not one.is_inside or one.name in paired[side])
            for side in SIDES
        }
        return replace(self, layers=kept)

    @property
    def count(self) -> int:
        """How many layers the longer of both has."""
        return max(len(self.layers[side]) for side in SIDES)


def networks(told: Mapping[str, Any] | None, at: int, name: str, chosen: Any) -> Networks | None:
    """Return what the engine told of the method `name` at a place of the recipe; None where it told nothing.

    `chosen` is what the recipe says now: explicit pairs are shown at once, those found by the engine when it has
    looked.
    """
    method = (told or {}).get("methods", {}).get(str(at))
    if told is None or method is None or method["method"] != name:
        return None
    found = tuple((own, other) for own, other, _ in method["pairs"])
    return Networks(
        layers={side: tuple(Layer(one["name"], tuple(one["shape"]), one["is_inside"]) for one in told[side])
                for side in SIDES},
        pairs=found if chosen == "auto" else tuple((own, other) for own, other in chosen),
        between={(own, other): words for own, other, words in method["pairs"]},
        closed=method["closed"],
        misfits={(own, other): reason for own, other, reason in method["misfits"]},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the layers lie: the student at the left, the teacher at the right, each over the whole height."""

    shown: Networks
    wide: float
    tall: float
    scale: float = 1.0

    def row(self, side: Side, at: int) -> QRectF:
        """Return the row of a layer, from the window's edge to the end of its block."""
        each = self.tall / max(1, len(self.shown.layers[side]))
        half = self.wide * 0.34
        return QRectF(0 if side == "student" else self.wide - half, at * each, half, each)

    def block(self, side: Side, at: int) -> QRectF:
        """Return the block of a layer: higher the more places it looks at, wider the more channels it has."""
        row, layer = self.row(side, at), self.shown.layers[side][at]
        every = [one for each in SIDES for one in self.shown.layers[each]]
        tall = (0.3 + 0.7 * _share(layer.places, [one.places for one in every])) * min(
            row.height() - 6 * self.scale, 46 * self.scale
        )
        wide = (8 + 12 * _share(layer.channels, [one.channels for one in every])) * self.scale
        x = row.right() - wide if side == "student" else row.left()
        return QRectF(x, row.center().y() - tall / 2, wide, tall)

    def handle(self, side: Side, name: str) -> QPointF | None:
        """Return where the pairs of a layer are held; None for one that is not shown."""
        at = next((i for i, one in enumerate(self.shown.layers[side]) if one.name == name), None)
        if at is None:
            return None
        row, away = self.row(side, at), 9 * self.scale
        return QPointF(row.right() + away if side == "student" else row.left() - away, row.center().y())

    def side_at(self, x: float) -> Side:
        """Return whose half of the picture this is."""
        return "student" if x < self.wide / 2 else "teacher"

    def layer_at(self, side: Side, y: float) -> Layer | None:
        """Return the layer of a side at this height."""
        layers = self.shown.layers[side]
        at = int(y * len(layers) / self.tall) if self.tall else 0
        return layers[at] if layers and 0 <= at < len(layers) else None


def _share(value: int, every: list[int]) -> float:
    """Return where a value lies between the least and the most of all, on a scale of doublings."""
    least, most = math.log2(max(1, min(every))), math.log2(max(1, *every))
    return (math.log2(max(1, value)) - least) / (most - least) if most > least else 1.0
