"""How many inputs go into one step, found by timing a few steps where a recipe leaves it open.

A larger batch uses a device better until all of it is busy; where that is, only measuring tells. What is learned from
fewer and larger steps is another matter: the learning rate is not changed (Goyal et al. 2017 scale it with the batch,
https://arxiv.org/abs/1706.02677, which holds for some networks and schedules and not for others).
"""

import time
from collections.abc import Generator, Mapping

import torch

from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Progress
from kdstudio.models.model import Model
from kdstudio.models.values import Batch
from kdstudio.recipe.recipe import Precision
from kdstudio.training.batches import Tensors
from kdstudio.training.parts import is_out_of_memory
from kdstudio.training.precision import Trial

LEAST, MOST = 32, 1024
STEPS_AN_EPOCH = 10  # that a larger batch leaves, at least
GAIN = 1.1  # how many times as many inputs a second a batch of twice the size must learn
SECONDS, ROUNDS = 0.3, 20  # of each size: as many steps as fit into this time, at most so many, the quickest counts
_HINT = "It makes fewer steps an epoch than a small one, and the learning rate is not changed: give a number to choose."


def choose_batch_size(
    student: Model, teacher: Model | None, train: Tensors, precision: Precision, device: torch.device, *, room: int
) -> Generator[Event, object, tuple[int, Problem]]:
    """Return how many of the training inputs go into one step, and a note that says what was measured.

    `teacher` answers in each step, None where its answers are stored; `room` are the bytes that a step may take. The
    student and torch's default generator stay as they are.
    """
    allowed = sizes(len(train))
    chosen, found = allowed[0], dict[int, float]()
    why = "more is not tried" if allowed[-1] == MOST else f"more leaves an epoch under {STEPS_AN_EPOCH} steps"
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        trial, each = Trial(student, teacher, device), 0.0
        for size in allowed if len(allowed) > 1 else ():
            yield Progress(done=0, total=1, doing=f"Timing steps of {size} inputs")
            if size * each > room:
                why = f"{size} may not fit into memory"
                break
            try:
                batch = train.batch(torch.arange(size, device=device))
                each = each or trial.bytes(batch, precision) / size
                found[size] = _speed(trial, batch, precision)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                _give_back(trial, device)
                why = f"{size} does not fit into memory"
                break
            if not is_quicker(found, size):
                why = f"{size} is hardly quicker"
                break
            chosen = size
    return chosen, _note(chosen, found, why)


def sizes(count: int) -> tuple[int, ...]:
    """Return the batches to try with `count` training inputs, each twice the one before; one of few inputs."""
    most = min(MOST, max(2, count // STEPS_AN_EPOCH))
    return tuple(LEAST << at for at in range(MOST // LEAST) if LEAST << at <= most) or (most,)


def is_quicker(found: Mapping[int, float], size: int) -> bool:
    """Whether so many inputs at once are clearly quicker than half as many; `found` are inputs a second."""
    return size // 2 not in found or found[size] >= GAIN * found[size // 2]


def _speed(trial: Trial, batch: Batch, precision: Precision) -> float:
    """Return the inputs a second of the quickest of a few steps; the first of a new size also builds its kernels."""
    trial.seconds(batch, precision)
    began, best = time.perf_counter(), float("inf")
    for _ in range(ROUNDS):
        best = min(best, trial.seconds(batch, precision))
        if time.perf_counter() - began > SECONDS:
            break
    return len(batch) / best


def _give_back(trial: Trial, device: torch.device) -> None:
    trial.forget()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _note(chosen: int, found: dict[int, float], why: str) -> Problem:
    measured = ", ".join(f"{size}: {speed:,.0f}" for size, speed in found.items())
    told = f" (inputs a second at {measured})" if found else ""
    return Problem(message=f"batch {chosen} was found, {why}{told}", hint=_HINT, where="batch_size", severity="note")
