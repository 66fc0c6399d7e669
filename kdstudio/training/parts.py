"""A batch that does not fit into memory is learned in parts: the same step, for less memory and more time."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from kdstudio.core.errors import OutOfMemory, Problem
from kdstudio.methods.losses import IGNORE
from kdstudio.models.values import Batch

Way = Literal["inputs", "labelled", "batch"]
_WORDS = (
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "out of memory",
    "ALLOC_FAILED",
    "could not create a",  # oneDNN on a CPU: a memory object, or a primitive with its scratch memory
)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is short, in whichever of PyTorch's ways."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


def share_of(part: Batch, whole: Batch, way: Way) -> float | Tensor:
    """Return how much of a mean over the inputs of a batch (or those with a label) is due to a part of it."""
    if way != "labelled" and part.mask is not None and whole.mask is not None:  # a mean over the places of passages
        return part.mask.sum() / whole.mask.sum().clamp(min=1)
    if way != "labelled":
        return len(part) / len(whole)
    return labelled(part) / labelled(whole).clamp(min=1)


def halved(size: int, most: int, module: nn.Module, methods: Sequence[tuple[str, str]]) -> tuple[int, Problem]:
    """Return how many inputs to take at once after `most` (0: the whole batch of `size`) did not fit, and what to tell.

    `methods` are names with what each is a mean over. Raises OutOfMemory where the batch cannot be split any further.
    """
    norms = any(isinstance(one, _NORMS) for one in module.modules())
    now = min(most or size, size)
    half, least = -(-now // 2), 2 if norms else 1  # the statistics of one input are none
    whole = [name for name, way in methods if way == "batch"]
    if whole:
        names = " and ".join(whole)
        verb = "compare" if len(whole) > 1 else "compares"
        raise OutOfMemory(
            f"The device ran out of memory at batch {size}.",
            hint=f"{names} {verb} the inputs of a batch with each other, so it cannot be split. "
            f"Choose batch {max(1, size // 2)}, or leave {'them' if len(whole) > 1 else 'it'} out.",
        )
    if now <= least:
        what = "even one input does not fit" if least == 1 else "even two inputs do not fit"
        raise OutOfMemory(
            f"The device ran out of memory: {what}.",
            hint="Choose a smaller student or smaller inputs, close other programs, or train on another device.",
        )
    hint = "The result is the same but for rounding; each step takes a little longer."
    if norms:
        hint = f"Batch normalisation now sees {half} inputs at once, which can change the result a little."
    message = f"batch {size} does not fit into memory, so each step learns it in parts of at most {half} inputs"
    return half, Problem(message=message, hint=hint, where="batch_size", severity="warning")


def labelled(batch: Batch) -> Tensor:
    """Return how many inputs have a label, a scalar on the device; of blends those with both."""
    targets = batch.targets if batch.mixture is None else batch.mixture.first
    if targets.is_floating_point():
        return (~targets.isnan().any(dim=-1)).sum()
    return (targets != IGNORE).sum()
