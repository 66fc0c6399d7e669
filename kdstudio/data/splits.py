"""Dividing a data set into train, validation and test, the same way for the same seed.

Each cut is stratified: every class gives its share, rounded so that the total is exact, and keeps at least one input
where it can. Each cut draws from a generator of its own, so that one choice does not move another.
"""

from dataclasses import dataclass

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.core.targets import groups
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.labels import listed
from kdstudio.data.transfer import joined
from kdstudio.recipe.choices import DataChoice

_TEST, _VALIDATION, _LIMIT, _LABELLED = 1, 2, 3, 4  # what a generator is for; never renumber: old recipes mean these
_TEST_SHARE = 0.1  # what `data.test: auto` means for data that ships without a test part


@dataclass(frozen=True, slots=True)
class Splits:
    """The parts of one run; `labelled` (N_train,) bool says whose labels the student sees."""

    train: Part
    validation: Part
    test: Part
    labelled: np.ndarray


def divide(dataset: Dataset, choice: DataChoice, seed: int) -> Splits:
    """Return the parts that a recipe's `data` asks for (contract: "Recipe").

    Parts that ship with the data are used as they are. Otherwise first test and then validation are taken out of the
    training inputs; then classes are omitted, then the rest is limited, then labels are hidden: validation and test
    are never cut. A transfer set comes whole after the training inputs, without labels. Whole numbers are counts,
    fractions up to 1 are shares. Raises DataError.
    """
    train = dataset.parts["train"]
    test = dataset.parts.get("test")
    if test is None:
        share = _TEST_SHARE if choice.test == "auto" else choice.test
        test, train = _take(train, share, seed, _TEST, "test")
    validation = dataset.parts.get("validation")
    if validation is None:
        validation, train = _take(train, choice.validation, seed, _VALIDATION, "validation")
    train = _omit(train, choice.omit, dataset)
    count = _count(choice.limit, len(train), "limit")
    if count < len(train):
        train = train.subset(_stratified(train.targets, count, seed, _LIMIT))
    labelled = _labelled(train, choice.labelled, seed)
    if dataset.transfer is not None:
        train = joined(train, dataset.transfer.parts["train"])
        labelled = np.concatenate([labelled, np.zeros(len(train) - len(labelled), dtype=bool)])
    return Splits(train, validation, test, labelled)


def _shuffled(count: int, seed: int, purpose: int) -> np.ndarray:
    """Return 0..count−1 in an order drawn for this purpose alone.

    Numpy promises the bits of PCG64 for all its versions, but not the results of `Generator.permutation`.
    """
    return np.argsort(np.random.PCG64([seed, purpose]).random_raw(count), kind="stable")


def _take(part: Part, share: float, seed: int, purpose: int, name: str) -> tuple[Part, Part]:
    """Return (what is taken out, what stays)."""
    count = max(1, round(share * len(part))) if share > 0 else 0
    if count == 0 or count >= len(part):
        message = (
            f"a {name} share of {share:g} leaves no inputs for {'training' if count else name} ({len(part):,} in all)"
        )
        hint = f"Set data.{name} to 0.1, or use data that ships with a {name} part."
        raise DataError(message, hint=hint, where=f"data.{name}")
    taken = np.zeros(len(part), dtype=bool)
    taken[_stratified(part.targets, count, seed, purpose, keep_one=True)] = True
    return part.subset(taken), part.subset(~taken)


def _omit(part: Part, omitted: tuple[str, ...], dataset: Dataset) -> Part:
    class_names = dataset.class_names if dataset.task != "regression" else ()
    unknown = [name for name in omitted if name not in class_names]
    if unknown:
        hint = f"The classes are: {listed(class_names, most=50)}." if class_names else "Numbers have no classes."
        raise DataError(f"there is no class called {listed(unknown)}", hint=hint, where="data.omit")
    if not omitted:
        return part
    left = [class_names.index(name) for name in omitted]
    is_several = dataset.task == "multi_label"
    kept = ~(part.targets[:, left] == 1).any(axis=1) if is_several else ~np.isin(part.targets, left)
    if not kept.any():
        hint = "Leave at least one class in training."
        raise DataError("with these classes left out no training inputs remain", hint=hint, where="data.omit")
    return part.subset(kept)


def _labelled(part: Part, choice: int | float | None, seed: int) -> np.ndarray:
    positions = np.flatnonzero(part.known)
    count = _count(choice, len(positions), "labelled")
    mask = np.zeros(len(part), dtype=bool)
    mask[positions[_stratified(part.targets[positions], count, seed, _LABELLED)]] = True
    return mask


def _count(choice: int | float | None, available: int, name: str) -> int:
    """Return how many inputs a count (a whole number) or a share (a fraction up to 1) means."""
    if choice is None:
        return available
    if isinstance(choice, float) and choice <= 1:
        return min(available, max(1, round(choice * available))) if choice > 0 else 0
    if choice != int(choice):
        hint = "Write a whole number of inputs, or a share such as 0.25."
        raise DataError(f"{choice:g} is neither a count nor a share", hint=hint, where=f"data.{name}")
    return min(available, int(choice))


def _stratified(targets: np.ndarray, count: int, seed: int, purpose: int, *, keep_one: bool = False) -> np.ndarray:
    """Return `count` positions in ascending order, each class in its share; -1 counts as a class of its own.

    Of other targets their groups are taken for classes.

    A class gives the first ones of its own shuffled order, so that a smaller count takes (up to rounding) a subset.
    """
    shuffled = _shuffled(len(targets), seed, purpose)
    _, group, sizes = np.unique(groups(targets), return_inverse=True, return_counts=True)
    by_class = shuffled[np.argsort(group[shuffled], kind="stable")]
    starts = np.cumsum(sizes) - sizes
    chosen = [by_class[start : start + n] for start, n in zip(starts, _shares(sizes, count, keep_one), strict=True)]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *chosen]))


def _shares(sizes: np.ndarray, count: int, keep_one: bool) -> np.ndarray:
    """Return how many each class gives: its share by largest remainder, at least one where `count` allows it.

    With `keep_one` a class gives all but one as long as others can give instead, so that training keeps every class.
    """
    total = int(sizes.sum())
    exact = sizes * (count / total) if total else np.zeros(len(sizes))
    least = np.ones(len(sizes)) if len(sizes) <= count else np.zeros(len(sizes))
    most = np.maximum(sizes - 1, 0) if keep_one and count <= total - len(sizes) else sizes
    least = np.minimum(least, most)
    given = np.clip(np.floor(exact), least, most).astype(np.int64)
    while given.sum() != count:
        step = 1 if given.sum() < count else -1
        can_move = given < most if step > 0 else given > least
        missing = np.where(can_move, (exact - given) * step, -np.inf)
        if not can_move.any():
            least, most = np.zeros(len(sizes)), sizes
            continue
        given[int(np.argmax(missing))] += step
    return given
