"""The student's forward and backward pass as one compiled program (torch.compile), where a long run pays for it.

Only steps of whole batches are compiled, in training. All else is answered by the plain module: the smaller last batch
of an epoch, parts of a batch that did not fit, steps that weigh terms, validation and export. So there is one program
for each learner, and state dicts, copies and files never see it.
"""

import importlib.util
import os
import shutil
import statistics
import sys
import warnings
from collections.abc import Generator
from dataclasses import replace
from typing import cast

import torch
from torch import nn

from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.events import Event, Progress
from kdstudio.methods.catalogue import METHODS, method
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import Arranged
from kdstudio.models.transformers_net import TransformersNet
from kdstudio.models.values import Batch
from kdstudio.recipe.recipe import Precision
from kdstudio.training.opened import Ready
from kdstudio.training.precision import Trial

COST = 4.0
"""Seconds of compiling for each tensor of weights, for the guess that comes before any compiling.

Measured: the 59 tensors of ResNet-20 took 57 s on a quiet machine and 186 s on a busy core, which is 1 to 3.2 each.
"""
TIMES = 20  # as long as compiling may take must the run at least be, so that a probe in vain costs it 5 % at most
GAIN = 0.05  # of the whole run's time, that compiled steps must save
ROUNDS = 5
MOST = 6  # networks that learn in a run: torch keeps at most 8 programs of one network's code
DOING = "Compiling the student's step, which can take minutes"
_COMPILERS = {"darwin": "clang++", "win32": "cl"}


def obstacle(ready: Ready, device: torch.device) -> str:
    """Return why the steps of a run cannot be compiled, or an empty text."""
    learning = [ready.student, *(stage.model for stage in ready.stages)]
    used = [method(choice) for _, choice in ready.recipe.every_method if choice.method in METHODS]
    if missing := tool_missing(device):
        return missing
    if ready.dataset.kind not in ("image", "table"):
        return "batches of texts and sounds differ in length, and each length would be compiled anew"
    if any(one.taps[0] for one in used):
        return "a method compares layers, which a compiled network does not show"
    if ready.peers or len(learning) > MOST:
        return "too many networks learn in this run"
    if any(isinstance(one.module, Arranged | TransformersNet | torch.jit.ScriptModule) for one in learning):
        return "the student is a program of others, which may not be compiled"
    return ""


def tool_missing(device: torch.device) -> str:
    """Return what is missing on this computer to compile for a device, or an empty text."""
    if getattr(sys, "frozen", False):
        return "the packed program brings no compiler; kdstudio that was installed with pip can use one"
    if device.type == "cuda":
        return "" if importlib.util.find_spec("triton") else "the package triton is not installed"
    if device.type != "cpu":
        return "only steps on the CPU and on CUDA GPUs can be compiled"
    compiler = os.environ.get("CXX") or _COMPILERS.get(sys.platform, "g++")
    return "" if shutil.which(compiler) else f"there is no C++ compiler ({compiler}) on this computer"


def refusal(reason: str) -> Problem:
    """Return the problem of a recipe that wants compiled steps where that cannot be."""
    hint = "Take the key compile out, or set it to auto or false."
    return Problem(message=f"steps cannot be compiled: {reason}", where="compile", hint=hint)


def compiled(model: Model) -> Model:
    """Return the same model, sharing its weights, whose module is compiled when it first answers."""
    return replace(model, module=cast(nn.Module, torch.compile(model.module, fullgraph=True, dynamic=False)))


def is_worth_trying(step: float, steps: int, tensors: int) -> bool:
    """Whether steps of so many seconds make a run long enough to find out what compiling brings."""
    return step * steps >= TIMES * COST * tensors


def pays(plain: float, quick: float, steps: int, cost: float) -> bool:
    """Whether compiled steps of `quick` seconds save enough of the run, after `cost` seconds to compile them again."""
    return (plain - quick) * steps - cost >= GAIN * plain * steps


def choose_compile(
    student: Model, teacher: Model | None, batch: Batch, precision: Precision, steps: int, device: torch.device
) -> Generator[Event, object, tuple[bool, str]]:
    """Return whether compiled steps are worth it, and what was measured: an empty text where nothing was tried.

    `teacher` answers in each step, None where its answers are stored; `steps` are the student's of the whole run. The
    student and torch's default generator stay as they are.
    """
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        plain = Trial(student, teacher, device)
        if len(plain.fitting(batch, precision)) < len(batch):
            return False, "the batch does not fit into memory at once, so steps are not compiled"
        step = min(plain.seconds(batch, precision) for _ in range(2))
        if not is_worth_trying(step, steps, sum(1 for _ in student.module.parameters())):
            return False, ""
        yield Progress(done=0, total=1, doing=DOING)
        try:
            quick, _ = _built(student, teacher, batch, precision, device)
            _, again = _built(student, teacher, batch, precision, device)  # as each learner does: from torch's cache
        except Exception as error:  # compilers fail in many ways, and the run goes on without
            return False, f"compiling failed ({type(error).__name__}), so steps are not compiled"
        times = [(plain.seconds(batch, precision), quick.seconds(batch, precision)) for _ in range(ROUNDS)]
    torch.compiler.reset()
    before, after = (statistics.median(each) for each in zip(*times, strict=True))
    chosen = pays(before, after, steps, again)
    told = f"{1000 * after:.1f} ms instead of {1000 * before:.1f} ms each"
    return chosen, f"steps are {'' if chosen else 'not '}compiled: {told}"


def build(student: Model, batch: Batch, precision: Precision, device: torch.device) -> Generator[Event, object, None]:
    """Compile a copy of the student once, so that its learners find their program in torch's cache.

    Raises InvalidRecipe where that fails.
    """
    yield Progress(done=0, total=1, doing=DOING)
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            _built(student, None, batch, precision, device)
    except Exception as error:
        cause = getattr(error, "inner_exception", error)  # torch says first which of its parts it was
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        raise InvalidRecipe([refusal(f"the compiler failed ({lines[0]})")]) from error
    finally:
        torch.compiler.reset()


def _built(
    student: Model, teacher: Model | None, batch: Batch, precision: Precision, device: torch.device
) -> tuple[Trial, float]:
    """Return compiled steps of a copy of the student, and how long the first one took."""
    trial = Trial(student, teacher, device)
    with warnings.catch_warnings():  # of torch about itself, while it loads its compiler
        warnings.filterwarnings("ignore", message=".*torch.jit.script", category=DeprecationWarning)
        trial.student = compiled(trial.student)
        return trial, trial.seconds(batch, precision)
