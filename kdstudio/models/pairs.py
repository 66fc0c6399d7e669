"""Which layer of the student is compared with which layer of the teacher, where the recipe leaves it open."""

from itertools import pairwise
from typing import Literal

from kdstudio.models.taps import EMBEDDED, EMBEDDING

Pairing = Literal["middle", "stages", "last", "embedding"]
Shapes = dict[str, tuple[int, ...]]
Pairs = tuple[tuple[str, str], ...]


def propose(student: Shapes, teacher: Shapes, pairing: Pairing) -> Pairs:
    """Return (student's layer, teacher's layer) pairs from the shapes of both, front to back; () where nothing fits.

    Stages are compared at the same relative depth: the last with the last, and so on towards the front.
    """
    if pairing == "embedding":
        return ((EMBEDDING, EMBEDDING),) if EMBEDDING in student and EMBEDDING in teacher else ()
    ours, theirs = stages(student), stages(teacher)
    if not ours or not theirs:
        return ()
    count = min(len(ours), len(theirs))
    pairs = tuple((_nth(ours, i, count), _nth(theirs, i, count)) for i in range(count))
    if pairing == "stages":
        return pairs
    return (pairs[-1] if pairing == "last" else pairs[(len(pairs) - 1) // 2],)


def stages(shapes: Shapes) -> list[str]:
    """Return the layers that end a stage: the last before the picture gets smaller, else each layer of a stack.

    Layers of the kind that a network has most of are meant: maps (c, h, w), tokens (L, d), or vectors (d,).
    """
    inside = {
        name: shape
        for name, shape in shapes.items()
        if name not in (EMBEDDING, EMBEDDED) and is_outermost(name, shapes)
    }
    maps = [(name, shape) for name, shape in inside.items() if len(shape) == 3 and shape[1] * shape[2] > 1]
    if maps:
        return [a for (a, size), (_, following) in pairwise(maps) if size[1:] != following[1:]] + [maps[-1][0]]
    tokens = [name for name, shape in inside.items() if len(shape) == 2]
    return tokens or [name for name, shape in inside.items() if len(shape) == 1]


def is_outermost(name: str, shapes: Shapes) -> bool:
    """Whether no other layer contains it: a stage stands for its blocks."""
    return not any(name.startswith(f"{other}.") for other in shapes)


def _nth(stages: list[str], i: int, count: int) -> str:
    return stages[(i + 1) * len(stages) // count - 1]
