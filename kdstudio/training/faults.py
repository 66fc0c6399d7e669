"""Errors of a device as what a person can act on: its memory is full, or it or another process is gone."""

from pathlib import Path

import torch

from kdstudio.core.errors import DeviceLost, KdStudioError, OutOfMemory
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.devices import Abandoned
from kdstudio.training.parts import is_out_of_memory

_WORDS = ("CUDA error:", "device-side", "no longer available", "CUDA driver error")

_ALONE = ("gloo/", "NCCL", "ProcessGroup")  # what exchanges between processes, where one of them has ended


def is_device_lost(error: BaseException) -> bool:
    """Whether an error says that nothing can be computed on a device any more, in whichever of PyTorch's ways."""
    if is_out_of_memory(error) or not isinstance(error, RuntimeError):
        return False
    return isinstance(error, torch.AcceleratorError) or any(words in str(error) for words in _WORDS)


def told(error: BaseException, recipe: Recipe, folder: Path) -> KdStudioError | None:
    """Return what to tell where the device failed a run of a resolved recipe; None where the fault is another."""
    if is_out_of_memory(error):
        size = recipe.batch
        hint = f"Try batch {max(1, size // 2)}, or train on the CPU. The run is safe up to its last checkpoint."
        return OutOfMemory(f"The device ran out of memory at batch {size}.", hint=hint)
    if is_device_lost(error):
        said = str(error).strip().partition("\n")[0].rstrip(".")
        hint = f"PyTorch says: {said}. The run can go on on the CPU from its last checkpoint."
        return DeviceLost(f"{recipe.device} is no longer available.", hint=hint, folder=str(folder))
    if isinstance(error, RuntimeError) and any(words in str(error) for words in _ALONE):
        return Abandoned()
    return None
