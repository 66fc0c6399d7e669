"""What a format is: how a student is written in it, and how the written file is asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from kdstudio.core.errors import ExportError, Problem
from kdstudio.core.registry import Registry
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed

Answers = Callable[[Feed], np.ndarray]
"""From what a graph is fed with, by the names of its inputs, to logits (N, classes) float32."""


@runtime_checkable
class Timed(Protocol):
    """Answers that come from another process and are timed there."""

    def times(self, fed: Feed, calls: int) -> list[float]:
        """Return the seconds of so many answers."""


@runtime_checkable
class Noted(Protocol):
    """Answers about which there is something to say."""

    note: Problem


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a file may be from its student: what rounding explains, and no more.

    `difference` is the largest logit difference as a share of the largest logit (at least 1); None where steps are so
    coarse that only answers count. `agreement` is the smallest share of inputs with the same answer, those aside that
    are torn between two. `loss` is the accuracy (F1, R²) that may be lost where labels are known.
    """

    difference: float | None = 1e-3
    agreement: float = 0.999
    loss: float | None = None


EXACT = Tolerance()
"""Single precision with sums in another order differs by about 1e-6 of the largest logit; a wrong mean, channel order
or resize by more than 1e-2."""


ROUNDED = Tolerance(difference=None, agreement=0.98, loss=0.005)
"""Where the student itself rounds to 8 bits: a sum in another order may end one step beside, and no answer is near."""


class Exporter(Protocol):
    """One file format."""

    title: ClassVar[str]
    help: ClassVar[str]
    file: ClassVar[str]  # the name of the file in the exported folder
    tolerance: ClassVar[Tolerance]

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, feeds: Iterable[Feed] = ()) -> None:
        """Write the student alone; `shape` is that of one input of the data, `feeds` a few hundred training inputs.

        Raises ExportError if it does not fit.
        """

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as its runtime answers, on one CPU thread. Raises ExportError where it cannot be opened."""


EXPORTERS: Registry[type[Exporter]] = Registry("kdstudio.export.exporters", "EXPORTER")


def exporter(name: str) -> type[Exporter]:
    """Return a format by name; raises ExportError that lists the known ones."""
    if name not in EXPORTERS:
        raise ExportError(f"There is no format called {name!r}.", hint=f"Use one of: {', '.join(EXPORTERS)}.")
    return EXPORTERS[name]
