"""Weights whose architecture only a person's own Python file knows: `net.py:Net`, run once that file is trusted."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from kdstudio.core.digest import digest_file
from kdstudio.core.errors import ModelError, WeightsMismatch
from kdstudio.core.trust import read_trusted
from kdstudio.models.model import Model
from kdstudio.models.programs.program import of_module

CODE = "code"  # the knob that names the class of a network which only a Python file knows
_CHECK = "Choose the class that these weights were saved from."


def load_with_class(tensors: dict[str, Tensor], path: Path, code: str) -> Model:
    """Return the model that `code` (`FILE.py:Class`) builds, filled with the weights of `path`.

    The file is run, so it is asked for trust first (Untrusted). The class is called without arguments and built on
    `meta`, because torch's default generator belongs to the training thread. Raises ModelError where there is no such
    class, it wants arguments, or the weights do not fit it.
    """
    file, _, name = code.rpartition(":")
    if not file or not name.isidentifier():
        raise ModelError(f"{code!r} names no class", hint="Write the file and the class: net.py:Net.")
    module = _built(_class(Path(file).expanduser(), name), name)
    _fill(module, tensors, name)
    model = of_module(module, path, "weights of a Python class", digest_file(path), name, can_train=True)
    again = {**model.spec.knobs, CODE: f"{Path(file).expanduser().absolute()}:{name}"}
    return replace(model, spec=replace(model.spec, knobs=again))


def _class(file: Path, name: str) -> Any:
    if not file.is_file():
        raise ModelError(f"there is no file {file.name}", hint="Check its path.", where=str(file))
    message = f"{file.name} is a Python program: finding the class {name} in it runs the whole file"
    hint = "Look into the file, and trust it if it is yours or you know who wrote it."
    content, digest = read_trusted(file, message, hint=hint)
    module = _imported(f"kdstudio_person.{file.stem}_{digest[:12]}", file, content)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)) and not callable(found):
        known = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, nn.Module)]
        own = [key for key in known if vars(module)[key].__module__ == module.__name__]
        hint = f"It has {', '.join(own)}." if own else "It has no torch module of its own."
        raise ModelError(f"{file.name} has no class {name}", hint=hint, where=str(file))
    return found


def _imported(name: str, file: Path, content: bytes) -> ModuleType:
    """Run the very bytes that are trusted: the file may be another one by now."""
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    try:
        exec(compile(content, str(file), "exec", dont_inherit=True), vars(module))
    except BaseException as error:  # the code of others may do anything, sys.exit included
        del sys.modules[name]
        message = f"{file.name} stops with an error: {type(error).__name__}: {error}"
        raise ModelError(message, hint="Correct the file; it must be importable by itself.", where=str(file)) from error
    return module


def _built(wanted: Any, name: str) -> nn.Module:
    try:
        with torch.device("meta"):
            module = wanted()
    except Exception as error:  # the code of others may raise anything
        hint = "The class is called without arguments: add a function that builds it as it was trained, and name that."
        raise ModelError(f"{name}() cannot be built: {error}", hint=hint) from error
    if not isinstance(module, nn.Module):
        raise ModelError(f"{name}() gives no torch module", hint=_CHECK)
    return module


def _fill(module: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    own = module.state_dict()
    missing = [key for key in own if key not in tensors]
    unexpected = [key for key in tensors if key not in own]
    wrong = [key for key in own if key in tensors and own[key].shape != tensors[key].shape]
    parts = [
        f"{word} {', '.join(keys[:3])}{' …' if len(keys) > 3 else ''}"
        for word, keys in (("missing", missing), ("unexpected", unexpected), ("of another shape", wrong))
        if keys
    ]
    if parts:
        raise WeightsMismatch(f"the weights do not fit {name}: {'; '.join(parts)}", hint=_CHECK)
    module.load_state_dict(tensors, assign=True)
    left = [key for key, value in [*module.named_parameters(), *module.named_buffers()] if value.is_meta]
    if left:
        message = f"{name} keeps values outside of its weights ({', '.join(left[:3])}), which cannot be made here"
        raise ModelError(message, hint="Register them as persistent buffers, or save the model as TorchScript or ONNX.")
