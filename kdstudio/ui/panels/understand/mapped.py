"""What the Map tab shows: where the drawn inputs lie to each model, and their colours."""

from dataclasses import dataclass, replace

import numpy as np

from kdstudio.analysis.embedding import DRAWN, answers, neighbours, pca, preservation, procrustes, sample
from kdstudio.core.types import Predictions
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


@dataclass(frozen=True, slots=True)
class Mapped:
    """`positions` (n,) are drawn; `places` (n, 2) and `near` (n, k) are by learner, `near` counts in the drawn ones.

    `kept` is the share of the teacher's neighbours that student and baseline have too.
    """

    seen: Seen
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


def mapped(seen: Seen) -> Mapped:
    """Lay out the inputs; for the analysis thread."""
    classes = seen.targets if seen.targets.ndim == 1 else np.zeros(len(seen), dtype=np.int64)
    positions = sample(classes, _most(seen))
    models = {"teacher": seen.teacher, "student": seen.student, "baseline": seen.baseline}
    whole = {who: answers(_at(one, positions)) for who, one in models.items() if one is not None}
    near = {who: neighbours(values) for who, values in whole.items()}
    places = {who: pca(values) for who, values in whole.items() if who != "baseline"}
    kept: dict[str, float | None] = {}
    if "teacher" in places:
        places["student"] = procrustes(places["student"], places["teacher"])
        kept = {who: preservation(near["teacher"], near[who]) for who in near if who != "teacher"}
    return Mapped(seen, positions, places, near, kept)


def _most(seen: Seen) -> int:
    """Return how many inputs are laid out: fewer of many classes, as all are compared with all to find neighbours."""
    return min(DRAWN, max(LEAST, int((PRODUCTS / seen.student.logits.shape[1]) ** 0.5)))


def _at(one: Predictions, positions: np.ndarray) -> Predictions:
    return replace(one, index=one.index[positions], targets=one.targets[positions], logits=one.logits[positions])


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
