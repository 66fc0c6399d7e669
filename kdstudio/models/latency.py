"""How long a model takes to answer one input on this device."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch

from kdstudio.models.committee import Committee
from kdstudio.models.model import Model

SECONDS = 1.0  # that measuring takes, about; at least two answers
MOST = 300  # answers


@dataclass(frozen=True, slots=True)
class Latency:
    """The median of `count` answers to one prepared input; one CPU thread, as exported files are timed."""

    milliseconds: float
    count: int
    device: str

    @property
    def where(self) -> str:
        """What it was measured on."""
        return "1 CPU thread" if self.device == "cpu" else self.device

    def describe(self) -> str:
        """Return how it was measured."""
        return f"median of {self.count} answers, {self.where}"


def latency(model: Model, seconds: float = SECONDS, most: int = MOST) -> Latency:
    """Let a model answer again and again, where its weights are. Not for a process in which something is training.

    Several teachers answer one after the other: their times are added.
    """
    if isinstance(model, Committee):
        found = [latency(member, seconds / len(model.members), most) for member in model.members]
        whole = round(sum(one.milliseconds for one in found), 4)
        return Latency(whole, min(one.count for one in found), found[0].device)
    given = model.preprocessing.example().to(model.device)
    was_training = model.module.training
    model.module.eval()
    end = time.perf_counter() + seconds
    try:
        with torch.inference_mode(), _one_thread():
            _answer(model, given)  # the first prepares kernels and memory
            times = [_answer(model, given)]
            while time.perf_counter() < end and len(times) < most:
                times.append(_answer(model, given))
    finally:
        model.module.train(was_training)
    return Latency(round(median(times) * 1000, 4), len(times), str(model.device))


def _answer(model: Model, given: torch.Tensor) -> float:
    _wait(model.device)
    began = time.perf_counter()
    model.module(given)
    _wait(model.device)
    return time.perf_counter() - began


def _wait(device: torch.device) -> None:
    """Let a GPU finish what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
