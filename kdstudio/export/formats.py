"""What a format is: how a student is written in it, and how the written file is asked."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from kdstudio.core.errors import ExportError
from kdstudio.core.registry import Registry
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed

Answers = Callable[[Feed], np.ndarray]
"""From what a graph is fed with, by the names of its inputs, to logits (N, classes) float32."""


class Exporter(Protocol):
    """One file format."""

    title: ClassVar[str]
    help: ClassVar[str]
    file: ClassVar[str]  # the name of the file in the exported folder

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path) -> None:
        """Write the student alone; `shape` is that of one input of the data. Raises ExportError if it does not fit."""

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as its runtime answers, on one CPU thread. Raises ExportError where it cannot be opened."""


EXPORTERS: Registry[type[Exporter]] = Registry("kdstudio.export.exporters", "EXPORTER")


def exporter(name: str) -> type[Exporter]:
    """Return a format by name; raises ExportError that lists the known ones."""
    if name not in EXPORTERS:
        raise ExportError(f"There is no format called {name!r}.", hint=f"Use one of: {', '.join(EXPORTERS)}.")
    return EXPORTERS[name]
