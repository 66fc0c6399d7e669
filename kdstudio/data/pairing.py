"""Two data sets of the same things, seen in two ways: which input of the one is which of the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data.dataset import Dataset, Inputs, Part
from kdstudio.data.image.files import ImageFiles
from kdstudio.data.kinds import AudioInputs, TextInputs
from kdstudio.data.labels import listed

_HINT = "Give the teacher inputs of the same things: files of the same names, or rows in the same order."


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """For the inputs of each shipped part, those that a teacher sees instead and the row (N,) int64 of each."""

    rows: tuple[tuple[Inputs, Inputs, np.ndarray], ...]

    @property
    def inputs(self) -> Inputs:
        """What a teacher sees of the training part."""
        return self.rows[0][1]

    def seen(self, part: Part) -> Part:
        """Return a part, or what was divided from it, as the teacher sees it: the same targets in the same order."""
        for own, other, rows in self.rows:
            if own is part.inputs:
                return Part(other, part.targets, rows[part.index])
        message = (
            "the teacher sees other inputs than the student, and of the transfer set there is nothing for it to see"
        )
        raise DataError(message, hint="Leave data.transfer empty, or let the teacher see what the student sees.")


def paired(dataset: Dataset, other: Dataset) -> Pairing:
    """Return which input of `other` belongs to each input of `dataset`; raises DataError where that cannot be told.

    Files belong together that are called alike but for folder and suffix, whatever their order; without names on both
    sides the rows are counted.
    """
    rows = []
    for name, part in dataset.parts.items():
        if name not in other.parts:
            raise DataError(f"the data has a {name} part, and what the teacher sees has none", hint=_HINT)
        theirs = other.parts[name].inputs
        rows.append((part.inputs, theirs, _rows(part.inputs, theirs, name)))
    return Pairing(tuple(rows))


def _rows(own: Inputs, theirs: Inputs, name: str) -> np.ndarray:
    ours, others = _names(own), _names(theirs)
    if ours and others:
        return _by_name(ours, others, name)
    if len(own) != len(theirs):
        message = f"the {name} part has {len(own):,} inputs, and the teacher would see {len(theirs):,}"
        raise DataError(message, hint=_HINT)
    return np.arange(len(own), dtype=np.int64)


def _by_name(ours: Sequence[str], others: Sequence[str], name: str) -> np.ndarray:
    place = {stem: row for row, stem in enumerate(others)}
    if len(place) < len(others) or len(set(ours)) < len(ours):
        message = f"several {name} files are called alike, so that it cannot be told which belong together"
        raise DataError(message, hint="Give each thing a file name of its own.")
    missing = [stem for stem in ours if stem not in place]
    if missing:
        message = (
            f"the teacher would not see {len(missing):,} of {len(ours):,} {name} inputs: {listed(missing, most=3)}"
        )
        raise DataError(message, hint=_HINT)
    return np.array([place[stem] for stem in ours], dtype=np.int64)


def _names(inputs: Inputs) -> list[str]:
    """Return what each input's file is called, without folder and suffix; nothing where they are no files."""
    if isinstance(inputs, ImageFiles):
        files: Sequence[str] = [inputs.store.names[int(at)] for at in inputs.places]
    else:
        files = inputs.names if isinstance(inputs, TextInputs | AudioInputs) else ()
    return [PurePosixPath(file.replace("\\", "/")).stem for file in files]
