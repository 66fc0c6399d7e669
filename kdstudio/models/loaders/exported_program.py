"""Loader for exported programs (`.pt2` of torch.export): a graph with its weights, opened once it is trusted."""

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.core.trust import read_trusted
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import Value
from kdstudio.models.programs.kinds import declared
from kdstudio.models.programs.program import Program, as_model
from kdstudio.models.programs.zipped import read, sniff

_TRAINING_ARGUMENT = {"dropout": 2, "batch_norm": 5}  # which argument of these operators says that it trains


class ExportedProgram:
    """What torch.export.save writes. It is a graph for one mode: torch refuses train() and eval() on it."""

    title: ClassVar[str] = "exported program"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for a zip file with the marks of a PT2 archive."""
        return sniff(path, head, ".pt2")

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; raises Untrusted as long as the file is not trusted."""
        message = "an exported PyTorch program is opened with a reader that can run code from the file"
        content, digest = read_trusted(path, message, hint="Weights alone need no trust.")
        hint = "Download or export it again, with a PyTorch that is not newer than this one."
        program = read(content, torch.export.load, ExportedProgram.title, hint)
        _check_mode(program)
        takes = declared(_values(program), path)
        return as_model(Program(_Unchanging(program), takes, path, ExportedProgram.title, digest))


LOADER = ExportedProgram


class _Unchanging(nn.Module):
    """A program that stays in the mode in which it was exported; what it takes by name is given by name."""

    def __init__(self, program: Any) -> None:
        super().__init__()
        self.program = program.module()
        by_place, by_name = program.call_spec.in_spec.children()
        self.names = () if not by_name.num_leaves else tuple(by_name.context)
        self.places = by_place.num_leaves
        self.training = False

    def train(self, mode: bool = True) -> "_Unchanging":
        del mode
        return self

    def forward(self, *given: Tensor) -> Any:
        named = dict(zip(self.names, given[self.places :], strict=True))
        return self.program(*given[: self.places], **named)


def _values(program: Any) -> list[Value]:
    nodes = {node.name: node.meta["val"] for node in program.graph.nodes if "val" in node.meta}
    return [_value(str(name), nodes.get(name)) for name in program.graph_signature.user_inputs]


def _value(name: str, found: Any) -> Value:
    if not isinstance(found, Tensor):
        message = f"the model takes a {type(found).__name__} and no tensor ({name!r})"
        raise ModelError(message, hint="Choose a model that answers each input on its own.")
    return Value(name, tuple(size if isinstance(size, int) else None for size in found.shape), found.dtype)


def _check_mode(program: Any) -> None:
    """Refuse a graph that drops out or normalises by the batch: as a teacher it would teach noise."""
    for node in program.graph.nodes:
        for word, place in _TRAINING_ARGUMENT.items():
            if word in str(node.target) and len(node.args) > place and node.args[place] is True:
                message = f"the program was exported in training mode ({node.target} trains)"
                raise ModelError(message, hint="Export it again after model.eval().")
