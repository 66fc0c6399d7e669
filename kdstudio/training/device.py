"""Where the arithmetic happens: the device, and how many CPU threads it is worth."""

import importlib.util
import os
import sys

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


def devices_problem(wish: str, count: int) -> str:
    """Return why so many devices of this computer cannot train together, or an empty text. `wish`: the device."""
    if count == 1:
        return ""
    if getattr(sys, "frozen", False):
        return "the packed program trains on one device; kdstudio that was installed with pip can use several"
    if importlib.util.find_spec("lightning_fabric") is None:
        return 'several devices need Lightning Fabric: python -m pip install "kdstudio[cluster]"'
    device = choose_device(wish)
    if device.type == "mps":
        return "Apple GPUs do not train together"
    if device.type == "cuda" and wish.startswith("cuda:"):
        return f"{wish} is one GPU; several are cuda, without a number"
    if device.type == "cuda" and count > torch.cuda.device_count():
        found = torch.cuda.device_count()
        return f"this computer has {found} GPU{'s' if found > 1 else ''}, and {count} are to train together"
    return ""


def several(device: torch.device) -> int:
    """Return how many devices of this computer can train together: GPUs, or processes on the cores of its CPU."""
    if device.type == "mps" or getattr(sys, "frozen", False):
        return 1
    return torch.cuda.device_count() if device.type == "cuda" else _cores()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_threads(macs_per_input: int, batch_size: int) -> int:
    """Return the CPU threads for a model: all cores when a batch is worth it, otherwise one."""
    if macs_per_input * batch_size < WORK_PER_THREAD:
        return 1
    return min(_cores(), 1 + int(macs_per_input * batch_size / WORK_PER_THREAD))


def free_memory(device: torch.device) -> int:
    """Return the free bytes on the device (half of the free main memory for a CPU, which others share)."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available // 2)
