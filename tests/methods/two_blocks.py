"""What a block of a student and one of a teacher attend with, in float64, and texts of different length."""

import math

import torch

from kdstudio.methods.base import Exchange
from kdstudio.models.values import Batch, Outputs
from tests.methods.two_layers import feature

N, L = 3, 4
LENGTHS = (4, 2, 3)
TOKENS = torch.tensor([[5 + n + i if i < length else -1 for i in range(L)] for n, length in enumerate(LENGTHS)])


def outputs(block: str, heads: int, width: int, seed: int) -> Outputs:
    """Return tokens that were read, and of one block its states, its attention and the embedded tokens."""
    shape = (N, 3, heads, L, width // heads)
    features = {
        block: feature(N, L, width, seed=seed + 1),
        f"{block}:attention": feature(*shape, seed=seed),
        "embedded": feature(N, L, width, seed=seed + 2),
    }
    return Outputs(feature(N, 2, seed=seed + 3), features, TOKENS.clone())


def lengthened(given: Outputs, more: int, seed: int) -> Outputs:
    """Return the same texts with other numbers where they have no token, and in `more` places behind."""
    tokens = torch.cat([given.tokens, torch.full((N, more), -1)], dim=1)
    features = {}
    for name, one in given.features.items():
        axis = one.dim() - 2
        behind = list(one.shape)
        behind[axis] = more
        whole = torch.cat([one, one.new_zeros(behind)], dim=axis)
        is_token = (tokens >= 0).view(N, *[1] * (axis - 1), L + more, 1)
        features[name] = torch.where(is_token, whole, feature(*whole.shape, seed=seed) * 30)
    return Outputs(given.logits, features, tokens)


def exchange(student: Outputs, teacher: Outputs) -> Exchange:
    """Return one batch."""
    return Exchange(Batch(None, torch.zeros(N, dtype=torch.int64), torch.arange(N)), student, teacher)


def products(left: torch.Tensor, right: torch.Tensor) -> list[list[float]]:
    """Return the scaled products (L × L) of two lists of vectors (L, d)."""
    a, b = left.tolist(), right.tolist()
    return [[sum(x * y for x, y in zip(p, q, strict=True)) / math.sqrt(len(p)) for q in b] for p in a]


def share(row: list[float]) -> list[float]:
    """Return the softmax of a row."""
    powers = [math.exp(value) for value in row]
    return [power / sum(powers) for power in powers]
