"""Loader for exported programs (`.pt2` of torch.export): a graph with its weights, opened once it is trusted."""

import warnings
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.core.trust import ask
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import InputChoice, declared
from kdstudio.models.programs.program import Program, as_model
from kdstudio.models.signature import zip_signature

_TRAINING_ARGUMENT = {"dropout": 2, "batch_norm": 5}  # which argument of these operators says that it trains


class ExportedProgram:
    """What torch.export.save writes. It is a graph for one mode: torch refuses train() and eval() on it."""

    title: ClassVar[str] = "exported program"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for a zip file with the marks of a PT2 archive."""
        return 1.0 if head.startswith(b"PK") and ".pt2" in zip_signature(path) else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; raises Untrusted as long as the file is not trusted."""
        message = "an exported PyTorch program is opened with a reader that can run code from the file"
        digest = ask(path, message, hint="Weights alone need no trust.")
        program = _open(path)
        takes = _takes(program)
        _check_mode(program)
        module = _Unchanging(program.module())
        return as_model(Program(module, [takes], path, ExportedProgram.title, digest))


LOADER = ExportedProgram


class _Unchanging(nn.Module):
    """A program that stays in the mode in which it was exported."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program
        self.training = False

    def train(self, mode: bool = True) -> "_Unchanging":
        del mode
        return self

    def forward(self, pictures: Tensor) -> Any:
        return self.program(pictures)


def _open(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning)
            with open(path, "rb") as file:  # of a path torch wants it to end in .pt2
                return torch.export.load(file)
    except Exception as error:  # the reader raises whatever a damaged file leads it to
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        hint = "Download or export it again, with a PyTorch that is not newer than this one."
        raise ModelError(f"the exported program cannot be opened ({reason})", hint=hint) from error


def _takes(program: Any) -> InputChoice:
    names = program.graph_signature.user_inputs
    if len(names) != 1:
        message = (
            f"the model takes {len(names)} inputs ({', '.join(map(str, names))}); a classifier of pictures takes one"
        )
        raise ModelError(message, hint="Choose a model that answers each input on its own.")
    value = next(node.meta["val"] for node in program.graph.nodes if node.name == names[0])
    if not isinstance(value, Tensor):
        raise ModelError(f"the model takes a {type(value).__name__} and no tensor", hint="Choose a model for pictures.")
    shape = tuple(size if isinstance(size, int) else None for size in value.shape)
    return declared(shape, value.dtype)


def _check_mode(program: Any) -> None:
    """Refuse a graph that drops out or normalises by the batch: as a teacher it would teach noise."""
    for node in program.graph.nodes:
        for word, place in _TRAINING_ARGUMENT.items():
            if word in str(node.target) and len(node.args) > place and node.args[place] is True:
                message = f"the program was exported in training mode ({node.target} trains)"
                raise ModelError(message, hint="Export it again after model.eval().")
