"""How alike what two networks compute inside is: linear CKA between layers, and which classes features hold alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FEWEST = 4  # inputs below which the unbiased estimate is not defined


@dataclass(frozen=True, slots=True)
class LayersCompared:
    """What the layers of a run's models have in common, asked about `inputs` of the `of` inputs of a split.

    `layers` are names by learner, front to back. `cka` has a matrix (teacher's layers, own layers) for student and
    baseline, see `linear_cka`. `classes` (C, C) by learner is `class_likeness` of the embedding; empty where there are
    no classes. `checkpoint` is the digest of the student that was asked.
    """

    layers: Mapping[str, tuple[str, ...]]
    cka: Mapping[str, np.ndarray]
    classes: Mapping[str, np.ndarray]
    class_names: tuple[str, ...]
    inputs: int
    of: int
    checkpoint: str = ""

    def best(self, who: str) -> np.ndarray:
        """Return how alike the nearest layer of a learner is to each layer of the teacher, (teacher's layers,)."""
        return np.asarray(np.nanmax(np.nan_to_num(self.cka[who], nan=0.0), axis=1))


def likeness_of_inputs(features: np.ndarray) -> np.ndarray:
    """Return which inputs features (n, d) hold alike, as one vector of length 1: (n(n − 1)/2,) float64.

    The Gram matrix of the inputs without its diagonal, U-centred (Székely and Rizzo 2014, the centring for which inner
    products are unbiased): row, column and whole each have mean 0. NaN where features are the same for all inputs.
    Raises ValueError for fewer than 4 inputs.
    """
    count = len(features)
    if count < FEWEST:
        raise ValueError(f"{count} inputs are too few to compare layers")
    values = np.asarray(features, dtype=np.float64).reshape(count, -1)
    values = values - values.mean(axis=0)  # changes nothing but the rounding
    gram = values @ values.T
    largest = np.abs(gram).max()
    np.fill_diagonal(gram, 0.0)
    rows = gram.sum(axis=1)
    gram -= (rows[:, None] + rows) / (count - 2)
    gram += rows.sum() / ((count - 1) * (count - 2))
    upper = gram[np.triu_indices(count, 1)]
    length = np.sqrt(np.square(upper).sum())
    if length <= 1e-12 * largest or largest == 0:
        return np.full(len(upper), np.nan)
    return np.asarray(upper / length)


def linear_cka(first: np.ndarray, second: np.ndarray) -> float:
    """Return linear CKA of two layers' features (n, d₁) and (n, d₂) for the same inputs, at most 1.

    Kornblith et al. (2019), with the unbiased estimate of HSIC by Song et al. (2012): features with more numbers than
    there are inputs do not look alike by chance. So it may fall a little below 0. NaN where one of them does not
    depend on the input.
    """
    return float(likeness_of_inputs(first) @ likeness_of_inputs(second))


def class_likeness(features: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """Return the cosine between the mean features of each two of `count` classes, (count, count) float64.

    `features` (n, d), `classes` (n,) with −1 where none is known. The mean over the classes is taken off first, as
    features that are never negative all point the same way. NaN for a class without inputs.
    """
    values = np.asarray(features, dtype=np.float64)
    means = np.full((count, values.shape[1]), np.nan)
    for k in np.unique(classes[classes >= 0]).tolist():
        means[k] = values[classes == k].mean(axis=0)
    there = np.isfinite(means).all(axis=1)
    if there.any():
        means -= means[there].mean(axis=0)
    lengths = np.sqrt(np.square(means).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        means /= lengths[:, None]
    return np.asarray(means @ means.T)


def spread(names: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Return at most `most` of the layers, evenly through the depth, the first and the last among them."""
    if len(names) <= most:
        return names
    return tuple(names[at] for at in np.linspace(0, len(names) - 1, most).round().astype(int))
