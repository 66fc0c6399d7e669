"""Asking an exported file about one picture, as "Try the exported file" does."""

from pathlib import Path

import numpy as np

from kdstudio.core.errors import ExportError
from kdstudio.export.formats import EXPORTERS


def classify(file: Path, image: np.ndarray) -> np.ndarray:
    """Return the logits (classes,) of an exported file for one picture (C, H, W) uint8, through its own runtime."""
    for _, known in EXPORTERS.items():
        if known.file == file.name:
            return np.asarray(known.open(file)(image[None])[0])
    raise ExportError(
        f"{file.name} is not a file that kdstudio exported.", hint="Choose model.onnx or model.safetensors."
    )
