"""Where the arithmetic happens: the device, and how many CPU threads it is worth."""

import os

import torch

WORK_PER_THREAD = 250e6
"""Multiply-adds of one forward pass over a batch, below which a second CPU thread costs more than it gives.

Each parallel region ends in a barrier at which the threads spin. A step of a small net has some hundred regions of a
few microseconds each; when the window (or anything else) takes one of the cores for a moment, all threads wait for
the one that was put aside, a scheduler's slice at a time. On two cores that made a small net 9 times slower with two
threads than with one, while a large convolution gains almost the whole second core (tests/benchmarks/README.md).
"""


def choose_device(wish: str) -> torch.device:
    """Return the wished device; "auto" takes a CUDA GPU, then an Apple GPU, then the CPU."""
    if wish != "auto":
        return torch.device(wish)
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def device_problem(device: torch.device) -> str:
    """Return why the device cannot be used, or an empty text."""
    if device.type == "cuda" and not torch.cuda.is_available():
        return "this PyTorch sees no CUDA GPU"
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        return f"there are only {torch.cuda.device_count()} CUDA GPUs, counted from 0"
    if device.type == "mps" and not torch.backends.mps.is_available():
        return "this computer has no Apple GPU that PyTorch can use"
    return ""


def choose_threads(macs_per_input: int, batch_size: int) -> int:
    """Return the CPU threads for a model: all cores when a batch is worth it, otherwise one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if macs_per_input * batch_size < WORK_PER_THREAD:
        return 1
    return min(cores, 1 + int(macs_per_input * batch_size / WORK_PER_THREAD))


def free_memory(device: torch.device) -> int:
    """Return the free bytes on the device (half of the free main memory for a CPU, which others share)."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available // 2)
