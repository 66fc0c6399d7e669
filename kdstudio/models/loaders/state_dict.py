"""Loader for files written by torch.save: old and new, alone or nested in a checkpoint, read weights-only."""

import pickle
from pathlib import Path
from typing import Any, ClassVar

import torch

from kdstudio.core.digest import digest_file
from kdstudio.core.errors import ModelError, Problem, Untrusted
from kdstudio.core.trust import read_trusted
from kdstudio.models.assemble import Weights, assemble
from kdstudio.models.model import Model
from kdstudio.models.nested import state_dict
from kdstudio.models.pickles import protocol, wanted
from kdstudio.models.programs.pickled import find_module, opened, unpickle
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
        content = _read(path)
        if (module := find_module(content)) is not None:
            return opened(module, path, digest_file(path))
        tensors, name = state_dict(content)
        problems = []
        if any(word in name.lower() for word in ("ema", "swa")):
            message = f"the weights are the averaged ones, stored as {name!r}"
            problems.append(Problem(message=message, where=str(path), severity="note"))
        return assemble(Weights(tensors, StateDict.title, problems=tuple(problems)), path)


LOADER = StateDict


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Return the weights in a file by name; raises ModelError, or Untrusted where it wants more than weights."""
    return state_dict(_read(path))[0]


def _read(path: Path) -> Any:
    with open(path, "rb") as file:
        head = file.read(32)
    if not head.startswith(b"PK") and not is_legacy_torch(head):
        message = _message(path, "a Python pickle that torch.save did not write")
        raise Untrusted(message, hint=_WEIGHTS, where=str(path))
    if (number := protocol(path)) > 3:
        if wanted(path):
            return _trusted(path)
        raise _too_new(number)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, AttributeError, ImportError) as error:
        if wanted(path):
            return _trusted(path)
        raise _damaged(str(error).splitlines()[0]) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise _damaged(str(error).splitlines()[0] if str(error) else "") from error


def _trusted(path: Path) -> Any:
    """Open a pickle that wants more than weights, with all that it runs; raises Untrusted unless it is trusted."""
    content, _ = read_trusted(path, _message(path, "more than weights"), hint=_WEIGHTS)
    return unpickle(content)


def _message(path: Path, what: str) -> str:
    names = wanted(path)
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    whole = any(name.startswith("torch.nn.modules") for name in names)
    if whole:
        what = "a whole pickled model instead of its weights"
    runs = f"; opening it would run {shown}" if names else ""
    return f"the file holds {what}{runs}"


_WEIGHTS = "Where the file was made, save the weights alone: torch.save(model.state_dict(), 'weights.pt')."


def _too_new(number: int) -> ModelError:
    return ModelError(
        f"the file was saved with pickle protocol {number}, which cannot be read weights-only",
        hint="Save it again with torch.save(model.state_dict(), 'weights.pt'), without pickle_protocol.",
    )


def _damaged(why: str = "") -> ModelError:
    reason = f" ({why[:160]})" if why else ""
    return ModelError(f"the file is cut short or damaged{reason}", hint="Download or save it again.")
