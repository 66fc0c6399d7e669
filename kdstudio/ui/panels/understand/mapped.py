"""What the Map tab shows: where the drawn inputs lie to each model, and their colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from kdstudio.analysis.embedding import DRAWN, answers, neighbours, pca, preservation, procrustes, sample
from kdstudio.analysis.tsne import LAID_OUT, tsne
from kdstudio.core.types import Predictions
from kdstudio.project.run import Run, is_run
from kdstudio.ui.panels.understand.seen import OUTCOMES, Seen

PRODUCTS = 1e10  # multiplications of a search for neighbours: about a second of one core
LEAST = 2000  # inputs that are drawn in any case

OUTCOME_TOKENS = {
    "both_right": "text_3",
    "lost": "student",
    "fixed": "truth",
    "inherited": "teacher",
    "different": "diff_less",
    "disagreement": "student",
}


Kind = Literal["embedding", "answers"]  # what the classifier is given, or what it gives
Way = Literal["pca", "tsne"]
Inside = Mapping[str, tuple[np.ndarray, np.ndarray]]  # by learner: values (n, d), and the rows (n,) they are of


@dataclass(frozen=True, slots=True)
class Mapped:
    """`positions` (n,) are drawn; `places` (n, 2) and `near` (n, k) are by learner, `near` counts in the drawn ones.

    `kept` is the share of the teacher's neighbours that student and baseline have too; neighbours are those among all
    values of kind `kind`, not on the map. `kinds` could be laid out.
    """

    seen: Seen
    kind: Kind
    way: Way
    kinds: tuple[Kind, ...]
    positions: np.ndarray
    places: dict[str, np.ndarray]
    near: dict[str, np.ndarray]
    kept: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Colouring:
    """For each drawn input a number, (n,) int64, and what each number means; −1 is nothing known."""

    numbers: np.ndarray
    names: tuple[str, ...]
    tokens: tuple[str, ...] = ()  # of the theme; without them colours are made for the numbers


def mapped(seen: Seen, folder: Path | None = None, kind: Kind = "embedding", way: Way = "pca") -> Mapped:
    """Lay out the inputs; for the analysis thread. Without embeddings in the run's folder the answers are laid out."""
    models = {"teacher": seen.teacher, "student": seen.student, "baseline": seen.baseline}
    there = {who: one for who, one in models.items() if one is not None}
    inside = embeddings(there, folder)
    kinds: tuple[Kind, ...] = ("embedding", "answers") if inside else ("answers",)
    if kind not in kinds:
        kind = "answers"
    positions, whole = _values(seen, there, inside if kind == "embedding" else {}, LAID_OUT if way == "tsne" else DRAWN)
    near = {who: neighbours(values) for who, values in whole.items()}
    places = {who: pca(values) for who, values in whole.items() if who != "baseline"}
    if way == "tsne":
        count = len(places)
        places = {who: tsne(whole[who], start, (k, count)) for k, (who, start) in enumerate(places.items())}
    kept: dict[str, float | None] = {}
    if "teacher" in places:
        places["student"] = procrustes(places["student"], places["teacher"])
        kept = {who: preservation(near["teacher"], near[who]) for who in near if who != "teacher"}
    return Mapped(seen, kind, way, kinds, positions, places, near, kept)


def embeddings(models: Mapping[str, Predictions], folder: Path | None) -> Inside:
    """Return what the run's folder keeps of these answers' embeddings; nothing where teacher or student has none."""
    if folder is None or not is_run(folder):  # answers from elsewhere
        return MappingProxyType({})
    run = Run(folder)
    found = {who: kept for who, one in models.items() if (kept := run.embedding(one)) is not None}
    return found if {"teacher", "student"} & models.keys() <= found.keys() else MappingProxyType({})


def _values(
    seen: Seen, models: Mapping[str, Predictions], inside: Inside, most: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return which inputs are laid out, and by learner what is laid out of them, (n, d) float64."""
    classes = seen.targets if seen.targets.ndim == 1 else np.zeros(len(seen), dtype=np.int64)
    if not inside:
        positions = sample(classes, min(most, _most(seen.student.logits.shape[1])))
        return positions, {who: answers(_at(one, positions)) for who, one in models.items()}
    known = np.logical_and.reduce([np.isin(seen.student.index, rows) for _, rows in inside.values()])
    positions = np.flatnonzero(known)
    width = max(values.shape[1] for values, _ in inside.values())
    positions = positions[sample(classes[positions], min(most, _most(width)))]
    wanted, found = seen.student.index[positions], {}
    for who, (values, rows) in inside.items():
        order = np.argsort(rows, kind="stable")
        found[who] = np.asarray(values[order[np.searchsorted(rows, wanted, sorter=order)]], dtype=np.float64)
    return positions, found


def _most(numbers: int) -> int:
    """Return how many inputs of so many numbers are laid out: all are compared with all to find neighbours."""
    return min(DRAWN, max(LEAST, int((PRODUCTS / numbers) ** 0.5)))


def _at(one: Predictions, positions: np.ndarray) -> Predictions:
    logits, index, targets = one.logits[positions], one.index[positions], one.targets[positions]
    return Predictions(index, targets, logits, one.class_names, model=one.model, split=one.split, task=one.task)


def colourings(seen: Seen) -> list[tuple[str, str]]:
    """Return what the points can be coloured by."""
    found = []
    if seen.task == "classification":
        found.append(("class", "Class"))
    if seen.outcomes:
        found.append(("outcome", "Outcome"))
    if seen.kl is not None:
        found.append(("kl", "Difference" if seen.task == "regression" else "KL"))
    return found or [("none", "All alike")]


def colouring(shown: Mapped, by: str) -> Colouring:
    """Return the colours of the drawn inputs; of the divergence ten steps of equally many inputs."""
    seen, positions = shown.seen, shown.positions
    if by == "class":
        guide = seen.labels.get("teacher", seen.labels["student"])
        return Colouring(np.where(seen.targets >= 0, seen.targets, guide)[positions], seen.class_names)
    if by == "outcome":
        numbers = np.full(len(seen), -1, dtype=np.int64)
        for k, rows in enumerate(seen.outcomes.values()):
            numbers[rows] = k
        names = tuple(OUTCOMES[name] for name in seen.outcomes)
        return Colouring(numbers[positions], names, tuple(OUTCOME_TOKENS[name] for name in seen.outcomes))
    if by == "kl" and seen.kl is not None:
        edges = np.quantile(seen.kl, np.linspace(0, 1, 11)[1:-1])
        return Colouring(np.searchsorted(edges, seen.kl[positions]), ("near the teacher", *[""] * 8, "far from it"))
    return Colouring(np.full(len(positions), -1, dtype=np.int64), ())
