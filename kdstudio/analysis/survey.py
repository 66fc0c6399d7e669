"""What the numbers of all views need from the logits of classes, found in one reading of them.

Of 1,000 classes and 50,000 inputs every look at the logits costs as much as the exponentials themselves; so they are
read once, block by block, and what stays are a few numbers for each input and one matrix of classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.agreement import divergence
from kdstudio.analysis.alignment import block_rows, check
from kdstudio.analysis.wanted import go_on
from kdstudio.core.types import Predictions, log_softmax


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One model's answers to N inputs, softened at `temperature`.

    `first` and `second` (N,) int64 are top class and second thought; `sureness` (N,) is max p at temperature 1,
    `softened` max p_T and `runner_up` the second largest p_T. `loss` (N,) is −log p of the true class at temperature
    1, NaN without one. `kl` (N,) is KL(teacher ‖ this model) at `temperature` in nats, None without a teacher. `sums`
    (C, C) adds p_T up over the inputs of each class, `classes` says which class that is, −1 for none.
    """

    temperature: float
    first: np.ndarray
    second: np.ndarray
    sureness: np.ndarray
    softened: np.ndarray
    runner_up: np.ndarray
    loss: np.ndarray
    kl: np.ndarray | None
    sums: np.ndarray

    def doubt(self) -> np.ndarray:
        """Return what `similarity.doubt` returns for the classes that were surveyed, (C, C)."""
        matrix = self.sums.copy()
        np.fill_diagonal(matrix, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            matrix /= matrix.sum(axis=1, keepdims=True)
        np.fill_diagonal(matrix, np.nan)
        return matrix


def survey(models: Mapping[str, Predictions], classes: np.ndarray, temperature: float) -> dict[str, Surveyed]:
    """Read the answers of models that exclude classes, "teacher" among them or not, to the same inputs.

    `classes` (N,) is what counts as the class of each input, see `similarity.true_classes`.
    """
    check(*models.values())
    rows, count = next(iter(models.values())).logits.shape
    made = {who: _Survey(one, temperature, has_kl="teacher" in models) for who, one in models.items()}
    order = np.argsort(classes, kind="stable")
    size = block_rows(count)
    teacher = made.get("teacher")
    for start in range(0, rows, size):
        go_on()
        at = order[start : start + size]
        there, begins = np.unique(classes[at], return_index=True)
        for one in made.values():
            one.read(at, there, begins)
        for one in made.values():
            if teacher is not None and one is not teacher:
                one.compare(at, teacher)
    return {who: one.found() for who, one in made.items()}


class _Survey:
    """The buffers of one model: a block's logits with the largest at 0, softened exponentials and their totals."""

    def __init__(self, one: Predictions, temperature: float, *, has_kl: bool) -> None:
        rows, count = one.logits.shape
        self._one, self._temperature = one, temperature
        self._z, self._e = (np.empty((min(rows, block_rows(count)), count)) for _ in range(2))
        self._first, self._second = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
        self._sureness, self._softened, self._runner_up = np.empty(rows), np.empty(rows), np.empty(rows)
        self._loss = np.full(rows, np.nan)
        self._kl = np.zeros(rows) if has_kl else None
        self._sums = np.zeros((count, count))

    def read(self, at: np.ndarray, there: np.ndarray, begins: np.ndarray) -> None:
        """Survey the inputs at positions `at` (n,), which are sorted: class `there[k]` begins at `begins[k]`."""
        rows, targets = np.arange(len(at)), self._one.targets[at]
        z, e = self._z[: len(at)], self._e[: len(at)]
        z[:] = self._one.logits[at]
        self._first[at] = first = np.argmax(z, axis=1)
        z -= z[rows, first][:, None]
        ones = np.ones(z.shape[1])  # a product adds up faster than a sum
        total = np.exp(z, out=e) @ ones
        self._sureness[at] = 1 / total
        self._loss[at] = np.where(targets < 0, np.nan, np.log(total) - z[rows, targets])
        if self._temperature != 1:
            np.multiply(z, 1 / self._temperature, out=e)
            total = np.exp(e, out=e) @ ones
        self._softened[at] = share = 1 / total
        self._total = total
        z[rows, first] = -np.inf
        self._second[at] = second = np.argmax(z, axis=1)
        z[rows, first] = 0.0
        self._runner_up[at] = e[rows, second] * share
        for k, begin, end in zip(there, begins, [*begins[1:], len(at)], strict=True):
            if k >= 0:
                self._sums[k] += share[begin:end] @ e[begin:end]

    def compare(self, at: np.ndarray, teacher: "_Survey") -> None:
        """Take the divergence from the teacher's block, which is read as well; this model's own is used up."""
        assert self._kl is not None
        with np.errstate(invalid="ignore"):
            gap = np.subtract(teacher._z[: len(at)], self._z[: len(at)], out=self._z[: len(at)])
            found = np.vecdot(teacher._e[: len(at)], gap) / (self._temperature * teacher._total)
        found += np.log(self._total) - np.log(teacher._total)
        if not np.isfinite(found).all():  # a logit of −inf
            found = divergence(*(log_softmax(s._one.logits[at], self._temperature) for s in (teacher, self)))
        self._kl[at] = np.maximum(found, 0.0)

    def found(self) -> Surveyed:
        """Return what was found; the model need not look for its top classes again."""
        self._one.remember(self._first)
        return Surveyed(
            temperature=self._temperature,
            first=self._first,
            second=self._second,
            sureness=self._sureness,
            softened=self._softened,
            runner_up=self._runner_up,
            loss=self._loss,
            kl=self._kl,
            sums=self._sums,
        )
