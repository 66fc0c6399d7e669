"""An input that a person gives by hand, as a model reads it."""

from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.models.model import NAMES, Model
from kdstudio.models.preprocessing.image import USUAL_SIZE, ImagePreprocessing


def picture(path: Path, model: Model) -> np.ndarray:
    """Return an image file as one input (1, c, H, W) of the model's size; raises DataError where it takes others."""
    from kdstudio.data.image.pictures import decode

    if not isinstance(model.preprocessing, ImagePreprocessing):
        hint = "Choose one of its inputs instead."
        raise DataError(f"This student takes {NAMES[model.preprocessing.takes]}, not pictures.", hint=hint)
    shape = (model.preprocessing.channels, *(model.preprocessing.size or USUAL_SIZE))
    return np.array(decode(str(path), shape))[None]  # Pillow's own memory may not be written to


def text(words: str, model: Model) -> np.ndarray:
    """Return a text as one input (1,) of objects; raises DataError where the model takes others."""
    if model.preprocessing.takes != "text":
        hint = "Choose one of its inputs instead."
        raise DataError(f"This student takes {NAMES[model.preprocessing.takes]}, not texts.", hint=hint)
    return np.array([words], dtype=object)
