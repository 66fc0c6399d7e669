"""What a teacher's answers depend on, as one digest: equal keys mean equal answers, to the last bit."""

import hashlib
import platform
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kdstudio import __version__
from kdstudio.core.digest import digest_file, digest_value
from kdstudio.models.committee import Committee
from kdstudio.models.model import Model
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import CHUNK, Tensors
from kdstudio.training.stored_form import Form
from kdstudio.training.streamed import Streamed


def key(
    model: Model, data: Tensors, augmentation: Augmentation | None, form: Form, *, threads: int, precision: str
) -> str:
    """Return the digest of everything that the answers to one part of the data depend on.

    That is the network with all its numbers, what it is shown (the inputs themselves, and not the path of a file), in
    which pieces, what is stored of its answers, and what computes: CPU threads, device and versions change the last
    bits. How many views there are is left out, for view v is the same among 4 and among 8.
    """
    changed: Any = None
    if augmentation is not None and augmentation.choice.is_on:
        changed = [augmentation.choice.model_dump(mode="json", exclude={"views"}), augmentation.seed]
    device = data.targets.device
    value = {
        "teacher": _of_model(model),
        "inputs": _of_inputs(model, data),
        "pieces": [CHUNK, [_digest(piece) for piece in data.by_length]],
        "augmentation": changed,
        "layers": form.layers,
        "form": form.choice.model_dump(mode="json", exclude={"threads"}),
        "computed": [precision, *_computer(device), threads if device.type == "cpu" else 0],
    }
    return digest_value(value)[:32]


def _of_model(model: Model) -> Any:
    if isinstance(model, Committee):
        return ["committee", model.rule, model.shares, [_of_model(member) for member in model.members]]
    weights = [[name, _digest(value)] for name, value in sorted(model.module.state_dict().items())]
    seen = [[type(how).__name__, how.model_dump(mode="json"), how.seen_in] for how in model.preparations]
    return [repr(model.spec), repr(model.output), model.task, model.format, model.digest, weights, seen]


def _of_inputs(model: Model, data: Tensors) -> Any:
    """Return the digests of what the model is shown; rows count, because views are drawn by them."""
    shown = [data.ahead[how] for how in model.preparations if how in data.ahead]
    images = [] if data.inputs is None or len(shown) == len(model.preparations) else [data.inputs]
    return [_digest(data.index), *(_digest(one) for one in (*images, *shown))]


def _digest(values: Tensor | Streamed) -> str:
    """Return the digest of a tensor: its type, shape and bytes."""
    if isinstance(values, Streamed):
        return values.digest
    kept = values.detach().cpu().contiguous()
    digest = hashlib.blake2b(f"{kept.dtype} {tuple(kept.shape)}".encode(), digest_size=16)
    if kept.numel():
        digest.update(kept.view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _computer(device: torch.device) -> list[str]:
    name = platform.machine() + torch.backends.cpu.get_cpu_capability()
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return [device.type, name, torch.__version__, __version__, _code()]


@cache
def _code() -> str:
    """Return the digest of what turns inputs into answers; empty in a frozen app, whose version says it."""
    package = Path(__file__).parents[1]
    files = [*sorted((package / "models").rglob("*.py")), Path(__file__).with_name("augment.py")]
    return digest_value([digest_file(file) for file in files if file.exists()])
