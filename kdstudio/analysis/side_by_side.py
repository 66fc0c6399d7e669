"""Any number of models on the same inputs: each by itself, and every two of them (contract: `kdstudio compare`)."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from kdstudio.analysis import compare
from kdstudio.analysis.summary import closeness, metrics
from kdstudio.core.types import Predictions


def model(answers: Predictions) -> dict[str, Any]:
    """Return a model's name, the split and number of inputs it answered, and its own measures."""
    return {"name": answers.model, "split": answers.split, "count": len(answers.index), **metrics(answers)}


def pair(first: Predictions, second: Predictions, temperature: float) -> dict[str, Any]:
    """Return two models' `agreement`, `kl` (of the second from the first), `structure`, and who is better.

    `difference` is the first's accuracy minus the second's with its paired 95 % bootstrap interval, `mcnemar` the test
    of the inputs that only one gets right; both are None without labels.
    """
    near = {key: value for key, value in closeness(first, second, temperature).items() if key != "inherited"}
    difference, test = compare.accuracy_difference(first, second), compare.mcnemar(first, second)
    return {
        "a": first.model,
        "b": second.model,
        **near,
        "difference": None if difference is None else asdict(difference),
        "mcnemar": None if test is None else asdict(test),
    }


def pairs(answers: Sequence[Predictions], temperature: float) -> list[dict[str, Any]]:
    """Return every two of them, in the order in which they are given."""
    return [pair(first, second, temperature) for first, second in combinations(answers, 2)]
