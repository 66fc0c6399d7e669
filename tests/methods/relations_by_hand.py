"""What the formulas of relation methods are made of, written out number by number in float64."""

import math

import torch

from kdstudio.methods.base import Exchange, Method, Setting
from kdstudio.methods.layer_method import Features
from kdstudio.models.values import Batch, Outputs


def maps(count: int = 5) -> Features:
    """Return one pair of layers: maps (count, 3, 2, 2) of the student, (count, 4, 2, 2) of the teacher."""
    generator = torch.Generator().manual_seed(5)
    student, teacher = (torch.randn(count, c, 2, 2, generator=generator, dtype=torch.float64) for c in (3, 4))
    return [(student, teacher)]


def means(feature: torch.Tensor) -> list[list[float]]:
    """Return the mean of each map (N, c, h, w) over its places."""
    return [[float(channel.sum()) / channel.numel() for channel in row] for row in feature]


def inner(left: list[float], right: list[float]) -> float:
    """Return the inner product of two lists."""
    return sum(a * b for a, b in zip(left, right, strict=True))


def cosine(left: list[float], right: list[float]) -> float:
    """Return the cosine between two lists."""
    return inner(left, right) / math.sqrt(inner(left, left) * inner(right, right))


def answers(logits: torch.Tensor, targets: torch.Tensor, *, progress: float = 0.0) -> Exchange:
    """Return an exchange without a teacher, of logits (N, C) and targets (N,); the rows are 0 … N − 1."""
    batch = Batch(None, targets, torch.arange(len(targets)))
    return Exchange(batch, Outputs(logits), progress=progress)


def run_on(method: Method, exchange: Exchange, setting: Setting) -> float:
    """Return the sum of the terms of a method that was built for a setting."""
    return float(sum(method.build(setting)(exchange).values()))
