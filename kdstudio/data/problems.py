"""What is doubtful about a data set although it can be read: copies, leaks from train to test, lopsided classes.

This costs a few seconds at most and is told when data is inspected, not each time that it is opened.
"""

from collections.abc import Sequence

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.measures import figures
from kdstudio.core.targets import is_multi_hot
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.fingerprints import Fingerprints, fingerprints
from kdstudio.data.image.files import ImageFiles
from kdstudio.data.kinds import TextInputs
from kdstudio.data.labels import listed

HEAVY = 10  # the largest class has so many times the inputs of the smallest
_NAMED = {"train": "training", "validation": "validation", "test": "test"}
_EXAMPLES = 3
_MANY = 0.01  # from this share of copies on a warning, below it a note


def look_over(dataset: Dataset) -> tuple[Problem, ...]:
    """Return what a person should know about the inputs and labels of a data set, with counts and examples."""
    problems = [*_out_of_range(dataset), *_imbalance(dataset), *_unseen_classes(dataset)]
    try:
        prints = fingerprints(dataset.parts)
    except DataError as error:  # an input that cannot be read was found on the way
        return (*problems, *(problem.model_copy(update={"severity": "warning"}) for problem in error.problems))
    for name, part in dataset.parts.items():
        problems += _copies(dataset, name, part, prints[name])
    for name in ("validation", "test"):
        if name in dataset.parts:
            problems += _leaks(dataset, name, prints)
    return tuple(problems)


def _out_of_range(dataset: Dataset) -> list[Problem]:
    problems: list[Problem] = []
    if dataset.task != "classification":
        return problems
    for name, part in dataset.parts.items():
        bad = np.flatnonzero((part.targets < -1) | (part.targets >= len(dataset.class_names)) & (part.targets >= 0))
        if len(bad):
            first = f"{input_name(part, int(bad[0]))} has {part.targets[bad[0]]}"
            message = f"{len(bad):,} {_NAMED[name]} labels name no class: {first}"
            hint = f"There are {len(dataset.class_names)} classes, counted from 0."
            problems.append(Problem(message=message, hint=hint, severity="warning"))
    return problems


def _imbalance(dataset: Dataset) -> list[Problem]:
    if dataset.task == "regression":
        return []
    counts = dataset.class_counts()[: len(dataset.class_names)]
    there = np.flatnonzero(counts)
    if len(there) < 2:
        return []
    most, least = int(there[counts[there].argmax()]), int(there[counts[there].argmin()])
    ratio = counts[most] / counts[least]
    if ratio < HEAVY:
        return []
    names = dataset.class_names
    message = (
        f"the classes are lopsided, {ratio:,.0f} : 1: {counts[most]:,} training inputs of {names[most]}, "
        f"{counts[least]:,} of {names[least]}"
    )
    hint = "Accuracy says little then: look at the classes one by one."
    return [Problem(message=message, hint=hint, severity="warning")]


def _unseen_classes(dataset: Dataset) -> list[Problem]:
    seen = dataset.class_counts() > 0
    problems = []
    for name in ("validation", "test"):
        if name in dataset.parts and seen.any() and dataset.task != "regression":
            counts = dataset.class_counts(name)[: len(dataset.class_names)]
            unseen = [dataset.class_names[i] for i in np.flatnonzero((counts > 0) & ~seen[: len(counts)])]
            if unseen:
                message = f"the {_NAMED[name]} part has classes that training never shows: {listed(unseen)}"
                problems.append(Problem(message=message, hint="Check the labels of both parts.", severity="warning"))
    return problems


def _copies(dataset: Dataset, name: str, part: Part, prints: Fingerprints) -> list[Problem]:
    """Tell inputs that repeat an earlier one, and those that then have another label."""
    order = np.argsort(prints.numbers, kind="stable")
    again = np.flatnonzero(np.diff(prints.numbers[order]) == 0) if len(order) > 1 else np.empty(0, np.int64)
    if not len(again):
        return []
    first, second = prints.positions[order[again]], prints.positions[order[again + 1]]
    known = part.known
    differs = np.any((part.targets[first] != part.targets[second]).reshape(len(first), -1), axis=1)
    differs &= known[first] & known[second]
    problems = []
    if differs.any():
        shown = [_pair(dataset, part, int(a), int(b)) for a, b in _few(first[differs], second[differs])]
        message = f"{_inputs(int(differs.sum()), name)} a copy with another label: {'; '.join(shown)}"
        hint = "One of the two labels is wrong: correct or remove it."
        problems.append(Problem(message=message, hint=hint, severity="warning"))
    same = ~differs
    if same.any():
        shown = [f"{input_name(part, int(b))} = {input_name(part, int(a))}" for a, b in _few(first[same], second[same])]
        message = f"{_inputs(int(same.sum()), name)} a copy of another: {'; '.join(shown)}"
        severity = "warning" if same.sum() >= _MANY * len(part) else "note"
        hint = f"Copies count twice in training and in scores.{_share(part, prints)}"
        problems.append(Problem(message=message, hint=hint, severity=severity))
    return problems


def _leaks(dataset: Dataset, name: str, prints: dict[str, Fingerprints]) -> list[Problem]:
    ours, train = prints[name], prints["train"]
    leaked = np.flatnonzero(np.isin(ours.numbers, train.numbers))
    if not len(leaked):
        return []
    part, trained = dataset.parts[name], dataset.parts["train"]
    shown = []
    for i in leaked[:_EXAMPLES].tolist():
        twin = int(train.positions[np.flatnonzero(train.numbers == ours.numbers[i])[0]])
        shown.append(f"{input_name(part, int(ours.positions[i]))} = {input_name(trained, twin)}")
    message = f"{len(leaked):,} of {len(part):,} {_NAMED[name]} inputs are training inputs too: {'; '.join(shown)}"
    hint = f"Scores on them are too good: remove them from one of the parts.{_share(trained, train)}"
    return [Problem(message=message, hint=hint, severity="warning")]


def _inputs(count: int, name: str) -> str:
    return f"1 {_NAMED[name]} input is" if count == 1 else f"{count:,} {_NAMED[name]} inputs are each"


def _few(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(first[:_EXAMPLES].tolist(), second[:_EXAMPLES].tolist(), strict=True))


def _pair(dataset: Dataset, part: Part, first: int, second: int) -> str:
    a, b = (f"{input_name(part, i)} ({truth(dataset.class_names, part.targets[i])})" for i in (first, second))
    return f"{b} = {a}"


def truth(names: Sequence[str], target: np.ndarray) -> str:
    """Return the class of an input, its labels, or its numbers, in words; nothing where there is none."""
    if target.ndim == 0:
        return names[int(target)] if target >= 0 else ""
    if np.isnan(target).any():
        return ""
    if is_multi_hot(target[None]):
        return ", ".join(name for name, has in zip(names, target, strict=True) if has) or "no label"
    return " · ".join(figures(float(value)) for value in target)


def _share(part: Part, prints: Fingerprints) -> str:
    return "" if prints.looked >= len(part) else f" {prints.looked:,} of {len(part):,} inputs were compared."


def input_name(part: Part, position: int) -> str:
    """Return what a person calls the input at a position of a part: its file, or its row counted from 0."""
    row = int(part.index[position])
    if isinstance(part.inputs, ImageFiles):
        return part.inputs.store.names[int(part.inputs.places[row])]
    if isinstance(part.inputs, TextInputs) and part.inputs.names:
        return part.inputs.names[row]
    return f"row {row:,}"
