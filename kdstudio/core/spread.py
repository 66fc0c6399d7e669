"""A few positions among many."""

import numpy as np


def spread(length: int, most: int) -> np.ndarray:
    """Return up to `most` positions spread evenly over `length`, the first and the last among them: (n,) int64."""
    return np.unique(np.linspace(0, length - 1, min(most, length)).astype(np.int64))
