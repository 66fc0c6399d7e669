"""A whole module in a pickle (`torch.save(model)`), opened once the person trusts the file: it runs what it names."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.models.model import Model
from kdstudio.models.programs.program import of_module

_USUAL = ("model", "net", "network", "module", "student", "ema")


def unpickle(content: bytes) -> Any:
    """Return what a trusted file holds, from the very bytes that are trusted.

    Its classes must be importable here; raises ModelError where they are not.
    """
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)  # noqa: TID251 - of a trusted file
    except (AttributeError, ImportError) as error:
        message = f"the file needs Python code that is not here: {error}"
        hint = "Install the package that defines the model, or save the weights alone where the file was made."
        raise ModelError(message, hint=hint) from error
    except Exception as error:  # unpickling runs the code of others
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"the file cannot be opened ({reason})", hint="Download or save it again.") from error


def find_module(content: Any) -> nn.Module | None:
    """Return the module that a file held, alone or under a usual name, without what wraps it for several devices."""
    found = content
    if isinstance(content, Mapping):
        found = next((content[name] for name in _USUAL if isinstance(content.get(name), nn.Module)), None)
    if isinstance(found, nn.DataParallel | nn.parallel.DistributedDataParallel):
        found = found.module
    return found if isinstance(found, nn.Module) else None


def opened(module: nn.Module, path: Path, digest: str) -> Model:
    """Return the unpickled module as a model; raises ModelError where it is no classifier."""
    can_train = any(parameter.requires_grad for parameter in module.parameters())
    return of_module(module, path, "pickled module", digest, type(module).__name__, can_train=can_train)
