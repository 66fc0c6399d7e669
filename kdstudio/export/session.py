"""Asking an exported file about one input, as "Try the exported file" does."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from kdstudio.core.errors import ExportError
from kdstudio.export.formats import EXPORTERS, Answers
from kdstudio.models.preprocessing.base import Feed


def classify(file: Path, image: np.ndarray) -> np.ndarray:
    """Return the logits (classes,) of an exported file for one picture (C, H, W) uint8; raises as `respond` does."""
    return respond(file, {"image": image[None]})


def respond(file: Path, fed: Feed) -> np.ndarray:
    """Return the logits (classes,) of an exported file for one input, fed by name, through its own runtime.

    Raises ExportError for what is no exported file, or one that takes other inputs.
    """
    try:
        status = file.stat()
    except OSError as error:
        raise ExportError(f"{file.name} is not there any more.", hint="Export again.", where=str(file)) from error
    return np.asarray(_opened(file, (status.st_mtime_ns, status.st_size))(fed)[0])


@lru_cache(maxsize=2)
def _opened(file: Path, _stamp: tuple[int, int]) -> Answers:
    for _, known in EXPORTERS.items():
        if Path(known.file).suffix == file.suffix:
            return known.open(file)
    names = " or ".join(known.file for _, known in EXPORTERS.items())
    raise ExportError(f"{file.name} is not a file that kdstudio exported.", hint=f"Choose {names}.", where=str(file))
