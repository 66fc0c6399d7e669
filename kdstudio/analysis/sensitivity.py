"""What a student loses where one of its layers is pruned alone, without training: which layers have room."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdstudio.core.measures import TRANSFER, headline
from kdstudio.core.targets import Task

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
SLIGHT = 0.01  # share of the score that may be lost before a layer counts as touched
UNITS = {"channels": ("channel", "channels"), "weights": ("weight", "weights")}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Scores with a share of one layer out, for `inputs` of the `of` validation inputs.

    `unit` is "channels" or "weights". `layers` are names, front to back, `sizes` how many channels or weights each has,
    `tied` the layers that lose the same channels. `scores` and `agreements` (layers, shares) are the headline measure
    of the `task` and how close the answers are to the teacher's; both are what `whole` and `whole_agreement` are for
    the student as it is. NaN where there are no labels, or where no answers of a teacher are kept. `checkpoint` is the
    digest of the student that was asked.
    """

    unit: str
    task: Task
    layers: tuple[str, ...]
    sizes: tuple[int, ...]
    tied: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    scores: np.ndarray
    agreements: np.ndarray
    whole: float
    whole_agreement: float
    inputs: int
    of: int
    checkpoint: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What was measured: "scores" where there are labels, "agreements" where there is a teacher."""
        known = {"scores": self.whole, "agreements": self.whole_agreement}
        return tuple(kind for kind, value in known.items() if np.isfinite(value))

    def values(self, kind: str) -> tuple[np.ndarray, float]:
        """Return the measure (layers, shares) of a kind, and what it is of the student as it is."""
        return (self.agreements, self.whole_agreement) if kind == "agreements" else (self.scores, self.whole)

    def measure(self, kind: str) -> tuple[str, str]:
        """Return the title of the measure of a kind, and its name within a sentence."""
        one = TRANSFER[self.task][0] if kind == "agreements" else headline(self.task)
        return one.title, one.name

    def words(self, kind: str, value: float) -> str:
        """Return a value as it is written; a dash for one that is not known."""
        one = TRANSFER[self.task][0] if kind == "agreements" else headline(self.task)
        return one.words(float(value) if np.isfinite(value) else None)

    def taken(self, layer: int, share: int) -> int:
        """Return how many channels or weights a cell is without."""
        return int(self.shares[share] * self.sizes[layer] + 1e-6)


def sentence(found: Sensitivity, kind: str) -> str:
    """Say which layer loses most and which least when half of it is out, and which have room."""
    values, whole = found.values(kind)
    middle = min(range(len(found.shares)), key=lambda j: abs(found.shares[j] - 0.5))
    column = values[:, middle]
    if not len(column) or not np.isfinite(column).all():
        return "There is nothing that could be measured."
    most, least = int(column.argmin()), int(column.argmax())
    share, name = f"{found.shares[middle]:.0%}", found.measure(kind)[1]
    left = f"{found.words(kind, column[most])} instead of {found.words(kind, whole)}"
    if most == least:
        return f"Without {share} of the {found.unit} of {found.layers[most]}, {name} is {left}. {_room(found, kind)}"
    return (
        f"{found.layers[most]} is needed most: without {share} of its {found.unit}, {name} is {left}. "
        f"{found.layers[least]} is needed least: {found.words(kind, column[least])}. {_room(found, kind)}"
    )


def _room(found: Sensitivity, kind: str) -> str:
    values, whole = found.values(kind)
    cost = f"for less than {SLIGHT:.0%} of the {found.measure(kind)[1]}"
    most = max((j for j in range(len(found.shares)) if _is_slight(values[:, j], whole).any()), default=None)
    if most is None:
        return f"No layer can lose {found.shares[0]:.0%} {cost}."
    able = [name for name, fine in zip(found.layers, _is_slight(values[:, most], whole), strict=True) if fine]
    rest = f" and {len(able) - 2} more" if len(able) > 2 else ""
    named = ", ".join(able[:2]) if rest else " and ".join(able)
    return f"{named}{rest} can lose {found.shares[most]:.0%} {cost}{', each alone' if len(able) > 1 else ''}."


def _is_slight(column: np.ndarray, whole: float) -> np.ndarray:
    return np.asarray(column >= whole - SLIGHT * abs(whole))


def rows(found: Sensitivity, kind: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return the table: a line for each layer, as it is named and as its values are written."""
    values, _ = found.values(kind)
    return [
        (f"{name} (+ {len(tied)} tied)" if tied else name, tuple(found.words(kind, value) for value in line))
        for name, tied, line in zip(found.layers, found.tied, values, strict=True)
    ]
