"""What a zip and a tar have in common: one file that holds many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError, Problem

_AGAIN = "Copy or download the archive again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The readable members of an archive: member `at` is called `names[at]` and has `sizes[at]` bytes, int64 (N,)."""

    path: Path
    names: tuple[str, ...] = field(repr=False)
    sizes: np.ndarray = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def size(self, at: int) -> int:
        """Return the bytes of member `at`, unpacked."""
        return int(self.sizes[at])

    def files(self, places: Sequence[int]) -> tuple[str, ...]:
        """Return the archive, wherever its members lie."""
        return (str(self.path),)

    def damaged(self, at: int, why: str) -> DataError:
        """Return the error for a member that cannot be read."""
        message = f"{self.names[at]} in {self.path.name} is damaged: {why}"
        return DataError(message, hint=_AGAIN, where=str(self.path))


def cut_off(path: Path, error: Exception) -> DataError:
    """Return the error for an archive whose members cannot be listed."""
    return DataError(f"{path.name} is cut off or damaged: {error}", hint=_AGAIN, where=str(path))
