"""Loader for TorchScript: a program with its weights, opened once the person trusts it."""

import zipfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar

import torch

from kdstudio.core.errors import ModelError
from kdstudio.core.trust import read_trusted
from kdstudio.models.model import Model
from kdstudio.models.programs.kinds import guessed
from kdstudio.models.programs.program import Program, as_model
from kdstudio.models.programs.texts import role
from kdstudio.models.programs.zipped import read, sniff


class TorchScript:
    """What torch.jit.save writes: a zip file with code. Layers inside cannot be tapped: torch refuses hooks there."""

    title: ClassVar[str] = "TorchScript"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for a zip file with constants and code."""
        return sniff(path, head, "TorchScript")

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; raises Untrusted as long as the file is not trusted."""
        message = f"a TorchScript file is a program; opening it would run {_code(path)}"
        content, digest = read_trusted(path, message, hint="Weights alone need no trust.")
        module = _open(content)
        _check_mode(module)
        constants = list(_constants(module))
        known = list(module.parameters()) + list(module.buffers())
        return as_model(
            Program(
                module=module,
                takes=guessed(*_arguments(module), [tuple(tensor.shape) for tensor in known or constants], path),
                path=path,
                format=TorchScript.title,
                digest=digest,
                can_train=any(parameter.requires_grad for parameter in module.parameters()),
                label=_label(module),
                weights=None if known else _weight(constants),
            )
        )


LOADER = TorchScript


def _open(content: bytes) -> Any:
    hint = "Download or save it again. A program with operators of its own needs the library that has them."
    module = read(content, lambda file: torch.jit.load(file, "cpu").float().eval(), "TorchScript file", hint)  # type: ignore[no-untyped-call]
    if not hasattr(module, "forward"):
        raise ModelError("the TorchScript program has no `forward`", hint="Script the whole model and save it again.")
    return module


def _arguments(module: Any) -> tuple[list[str], list[str]]:
    """Return the names of the tensors that it must be given, and of a mask that may stand behind them."""
    known = module.forward.schema.arguments[1:]
    wanted = [one for one in known if not one.has_default_value()] or known[:1]
    if not wanted or any(str(one.type) != "Tensor" for one in wanted):
        names = ", ".join(f"{one.name}: {one.type}" for one in wanted) or "nothing"
        message = f"the model takes {names}; a classifier takes one tensor, or tokens of texts with their mask"
        raise ModelError(message, hint="Choose a model that answers each input on its own.")
    masks = takewhile(lambda one: role(one.name) == "mask", known[len(wanted) :])
    return [one.name for one in wanted], [one.name for one in masks]


def _check_mode(module: Any) -> None:
    """Refuse dropout that was traced in training mode."""
    graph = module.inlined_graph  # kept while its nodes are looked at
    if any(list(node.inputs())[2].toIValue() is True for node in graph.findAllNodes("aten::dropout")):
        message = "the model was traced in training mode: its dropout is always on"
        raise ModelError(message, hint="Trace it again after model.eval().")


def _constants(module: Any) -> Iterator[torch.Tensor]:
    """The weights of a frozen program, which are constants of its graph."""
    graph = module.inlined_graph
    for node in graph.findAllNodes("prim::Constant"):
        if node.output().type().kind() == "TensorType" and node.hasAttribute("value"):
            yield node.t("value")


def _weight(tensors: list[torch.Tensor]) -> tuple[int, int]:
    return sum(tensor.numel() for tensor in tensors), sum(tensor.nbytes for tensor in tensors)


def _code(path: Path) -> str:
    """Return the names of the code files that the program consists of, the first few."""
    with zipfile.ZipFile(path) as archive:  # whole, because `sniff` has read its names
        names = [
            name.partition("/code/")[2] for name in archive.namelist() if "/code/" in name and name.endswith(".py")
        ]
    names = [name.removeprefix("__torch__/").removesuffix(".py").replace("/", ".") for name in names]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "its code"


def _label(module: Any) -> str:
    return str(getattr(module, "original_name", "") or TorchScript.title)
