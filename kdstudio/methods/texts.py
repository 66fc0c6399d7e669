"""Features of texts: which places have a token, and what a text is without its padding."""

import torch
from torch import Tensor

from kdstudio.models.values import Outputs


def is_token(outputs: Outputs, layer: str) -> Tensor | None:
    """Return (N, L) where a feature of texts (N, L, d) has a token; None where it is none, or has other places."""
    tokens, feature = outputs.tokens, outputs.features[layer]
    if tokens is None or feature.dim() != 3 or feature.shape[1] != tokens.shape[1]:
        return None
    return tokens >= 0


def read_alike(student: Outputs, teacher: Outputs) -> bool:
    """Whether both read the same tokens at the same places; one tokenizer's are one tensor, which costs no look."""
    ours, theirs = student.tokens, teacher.tokens
    return ours is theirs or (ours is not None and theirs is not None and torch.equal(ours, theirs))


def text_mean(feature: Tensor, is_token: Tensor | None) -> Tensor:
    """Return the mean (N, d) of a feature (N, L, d) over each text's tokens, or the feature where it is of no text."""
    if is_token is None:
        return feature
    counts = is_token[..., None]
    return feature.masked_fill(~counts, 0).sum(dim=1) / counts.sum(dim=1).clamp(min=1)
