"""Loader for TorchScript: a program with its weights, opened once the person trusts it."""

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import torch

from kdstudio.core.errors import ModelError
from kdstudio.core.trust import ask
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import guesses
from kdstudio.models.programs.program import Program, as_model
from kdstudio.models.signature import zip_signature


class TorchScript:
    """What torch.jit.save writes: a zip file with code. Layers inside cannot be tapped: torch refuses hooks there."""

    title: ClassVar[str] = "TorchScript"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for a zip file with constants and code."""
        return 1.0 if head.startswith(b"PK") and "TorchScript" in zip_signature(path) else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; raises Untrusted as long as the file is not trusted."""
        digest = ask(
            path,
            f"a TorchScript file is a program; opening it would run {_code(path)}",
            hint="Weights alone need no trust.",
        )
        module = _open(path)
        _check_inputs(module)
        constants = list(_constants(module))
        known = list(module.parameters()) + list(module.buffers())
        return as_model(
            Program(
                module=module,
                takes=list(guesses(tuple(tensor.shape) for tensor in known or constants)),
                path=path,
                format=TorchScript.title,
                digest=digest,
                can_train=any(parameter.requires_grad for parameter in module.parameters()),
                label=_label(module),
                weights=None if known else _weight(constants),
            )
        )


LOADER = TorchScript


def _open(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"`torch\.jit\.load` is deprecated", DeprecationWarning)
            module: Any = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
            module = module.float().eval()
    except Exception as error:  # the reader raises whatever a damaged file leads it to
        reason = (str(error).strip().splitlines() or [""])[0][:160]
        hint = "Download or save it again. A program with operators of its own needs the library that has them."
        raise ModelError(f"the TorchScript file cannot be opened ({reason})", hint=hint) from error
    if not hasattr(module, "forward"):
        raise ModelError("the TorchScript program has no `forward`", hint="Script the whole model and save it again.")
    return module


def _check_inputs(module: Any) -> None:
    """Refuse what a picture alone cannot be handed to, and dropout that was traced in training mode."""
    wanted = [argument for argument in module.forward.schema.arguments[1:] if not argument.has_default_value()]
    if len(wanted) != 1 or str(wanted[0].type) != "Tensor":
        names = ", ".join(f"{argument.name}: {argument.type}" for argument in wanted) or "nothing"
        message = f"the model takes {names}; a classifier of pictures takes one tensor"
        raise ModelError(message, hint="Choose a model that answers each input on its own.")
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
