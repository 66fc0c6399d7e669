"""The number format of the arithmetic: single precision, or half precision where that was measured to be quicker.

Weights, losses, optimizer and evaluation stay in single precision; the networks' products and convolutions are cast
(Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740), and float16 has its losses scaled up so that small
gradients are not lost.
"""

import statistics
import time
from collections.abc import Collection, Generator
from copy import deepcopy
from dataclasses import replace

import torch

from kdstudio.core.events import Event, Progress
from kdstudio.methods.losses import cross_entropy
from kdstudio.models.model import Model
from kdstudio.models.taps import answer
from kdstudio.models.values import Batch, Outputs
from kdstudio.recipe.recipe import Precision, Recipe
from kdstudio.training.parts import halved, is_out_of_memory

WORTH_SECONDS = 60.0  # a run that is shorter is not worth the probe, nor other last bits
GAIN = 1.2  # how much quicker a step must be
ROUNDS = 5
_FOR_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # of Intel and AMD, and of ARM


def cast_answer(model: Model, batch: Batch, layers: Collection[str], precision: Precision) -> Outputs:
    """Answer a batch as `taps.answer` does, computed in this format; what comes back is in single precision."""
    if precision in ("float32", "tf32"):
        return answer(model, batch, layers)
    with torch.autocast(batch.targets.device.type, dtype=getattr(torch, precision)):
        found = answer(model, batch, layers)
    features = {name: feature.float() for name, feature in found.features.items()}
    return Outputs(found.logits.float(), features, found.tokens)


def precision_of(recipe: Recipe) -> Precision:
    """Return the format of a resolved recipe."""
    return "float32" if recipe.precision == "auto" else recipe.precision


def allow_tf32(precision: Precision) -> None:
    """Let a CUDA GPU multiply in TF32 where that is the format, and nowhere else, in this process.

    PyTorch by itself rounds so in convolutions and not in matrix products; float32 shall mean one thing. The older
    names are used because they set all libraries alike: after torch.backends.cudnn.conv.fp32_precision was set alone,
    what reads torch.backends.cudnn.allow_tf32, as torch.compile does, fails (torch 2.13).
    """
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"


def make_scaler(precision: Precision, device: torch.device) -> torch.amp.GradScaler | None:
    """Return what scales the losses of float16; the other formats have the range of single precision."""
    return torch.amp.GradScaler(device.type) if precision == "float16" else None


def candidates(device: torch.device) -> tuple[Precision, ...]:
    """Return the formats that may be quicker on a device. Which of them is, only measuring tells.

    A processor without instructions for bfloat16 imitates it so slowly that even a few steps are not worth the wait.
    """
    if device.type == "cuda":
        # bfloat16 and TF32 both came with Ampere
        new: tuple[Precision, ...] = ("tf32", "bfloat16")
        return (*new, "float16") if torch.cuda.is_bf16_supported(including_emulation=False) else ("float16",)
    able = any(torch.cpu.get_capabilities().get(name, False) for name in _FOR_BFLOAT16)
    return ("bfloat16",) if device.type == "cpu" and able else ()


class Trial:
    """Steps of a copy of a student, to time them: the student itself and its run stay as they are."""

    def __init__(self, student: Model, teacher: Model | None, device: torch.device) -> None:
        """`teacher` answers in each step, None where its answers are stored."""
        self._module = deepcopy(student.module).train()
        self.student, self._teacher, self._device = replace(student, module=self._module), teacher, device

    def seconds(self, batch: Batch, precision: Precision) -> float:
        """Return how long a step takes; it draws from torch's default generator, as dropout does."""
        allow_tf32(precision)
        _wait(self._device)
        began = time.perf_counter()
        if self._teacher is not None:
            with torch.no_grad():
                cast_answer(self._teacher, batch, (), precision)
        logits = cast_answer(self.student, batch, (), precision).logits
        classes = torch.zeros(logits.shape[:-1], dtype=torch.int64, device=self._device)
        torch.autograd.backward(cross_entropy(logits, classes))
        self.forget()
        _wait(self._device)
        return time.perf_counter() - began

    def bytes(self, batch: Batch, precision: Precision) -> int:
        """Return what the student keeps of a batch for its backward pass, with as much again for the gradients."""
        weights = {one.untyped_storage().data_ptr() for one in self._module.parameters()}
        kept: dict[int, int] = {}

        def note(tensor: torch.Tensor) -> torch.Tensor:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            cast_answer(self.student, batch, (), precision)
        return 2 * sum(size for at, size in kept.items() if at not in weights)

    def fitting(self, batch: Batch, precision: Precision) -> Batch:
        """Return the batch, or as much of it as a step can take at once; raises OutOfMemory where nothing fits."""
        most = 0
        while True:
            part = next(batch.parts(most or len(batch)))
            try:
                self.seconds(part, precision)
                return part
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self.forget()
            most, _ = halved(len(batch), most, self._module, ())

    def forget(self) -> None:
        """Give the memory of the gradients back, also after a step that failed."""
        self._module.zero_grad(set_to_none=True)


def choose_precision(
    student: Model, teacher: Model | None, batch: Batch, steps: int, device: torch.device
) -> Generator[Event, object, tuple[Precision, str]]:
    """Return the format in which a step takes least, and why, found by timing a few steps of a copy of the student.

    `teacher` answers in each step, None where its answers are stored; `steps` are those of the whole run. Formats take
    turns; single precision stays unless another is GAIN times as quick and the run is long enough.
    """
    trial = Trial(student, teacher, device)

    def step(precision: Precision) -> float:
        return trial.seconds(batch, precision)

    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        whole, batch = len(batch), trial.fitting(batch, "float32")
        steps *= -(-whole // len(batch))
        plain = min(step("float32") for _ in range(2))
        if plain * steps < WORTH_SECONDS:
            return "float32", f"the run takes about {plain * steps:.0f} s, too short to look for another"
        found: dict[Precision, list[float]] = {"float32": []}
        for one in candidates(device):
            yield Progress(done=0, total=1, doing="Timing a few steps")
            try:
                step(one)
                if step(one) < 1.5 * plain:  # the first step of a format also builds its kernels
                    found[one] = []
            except RuntimeError:  # a layer without a kernel for this format
                trial.forget()
        for _ in range(ROUNDS if len(found) > 1 else 0):
            for one, times in found.items():
                times.append(step(one))
    return _quickest({one: statistics.median(times) for one, times in found.items() if times})


def _quickest(found: dict[Precision, float]) -> tuple[Precision, str]:
    """Return the format whose step is GAIN times as quick as that in single precision, and what was measured."""
    if not found:
        return "float32", "no other format is quicker here"
    best = min(found, key=lambda one: found[one])
    chosen: Precision = best if found[best] * GAIN < found["float32"] else "float32"
    return chosen, ", ".join(f"{one} {1000 * seconds:.1f} ms a step" for one, seconds in found.items())


def _wait(device: torch.device) -> None:
    """Wait until the device has done all that it was given: its clock is not the host's."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
