"""Loader for files written by torch.save: old and new, alone or nested in a checkpoint, read weights-only."""

import pickle
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import torch

from kdstudio.core.errors import ModelError, Problem, UntrustedPickle
from kdstudio.models.assemble import Weights, assemble
from kdstudio.models.model import Model
from kdstudio.models.nested import state_dict
from kdstudio.models.pickles import protocol, wanted
from kdstudio.models.signature import is_legacy_torch, is_pickle, zip_signature


class StateDict:
    """`.pt .pth .th .bin .ckpt` under any name; storages of any device end on the CPU."""

    title: ClassVar[str] = "state dict"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for torch's zip layout, its old magic number, or a bare pickle."""
        if head.startswith(b"PK"):
            return 1.0 if "PyTorch file" in (what := zip_signature(path)) or "cut short" in what else 0.0
        if is_legacy_torch(head):
            return 1.0
        return 0.3 if is_pickle(head) else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; a pickle that wants more than weights is refused with what it wanted to run."""
        tensors, name = state_dict(_read(path))
        problems = []
        if any(word in name.lower() for word in ("ema", "swa")):
            message = f"the weights are the averaged ones, stored as {name!r}"
            problems.append(Problem(message=message, where=str(path), severity="note"))
        return assemble(Weights(tensors, StateDict.title, problems=tuple(problems)), path)


LOADER = StateDict


def _read(path: Path) -> Any:
    with open(path, "rb") as file:
        head = file.read(32)
    if head.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise _damaged()
    if not head.startswith(b"PK") and not is_legacy_torch(head):
        raise _refused(path, "a Python pickle that torch.save did not write")
    if (number := protocol(path)) > 3:
        raise _refused(path, "more than weights") if wanted(path) else _too_new(number)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, AttributeError, ImportError) as error:
        if wanted(path):
            raise _refused(path, "more than weights") from error
        raise _damaged(str(error).splitlines()[0]) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise _damaged(str(error).splitlines()[0] if str(error) else "") from error


def _refused(path: Path, what: str) -> UntrustedPickle:
    names = wanted(path)
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    whole = any(name.startswith("torch.nn.modules") for name in names)
    if whole:
        what = "a whole pickled model instead of its weights"
    runs = f"; opening it would run {shown}" if names else ""
    return UntrustedPickle(
        f"the file holds {what}{runs}",
        hint="Nothing was run. Where the file was made, save the weights alone: "
        "torch.save(model.state_dict(), 'weights.pt').",
    )


def _too_new(number: int) -> ModelError:
    return ModelError(
        f"the file was saved with pickle protocol {number}, which cannot be read weights-only",
        hint="Save it again with torch.save(model.state_dict(), 'weights.pt'), without pickle_protocol.",
    )


def _damaged(why: str = "") -> ModelError:
    reason = f" ({why[:160]})" if why else ""
    return ModelError(f"the file is cut short or damaged{reason}", hint="Download or save it again.")
