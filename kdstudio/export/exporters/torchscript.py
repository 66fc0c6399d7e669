"""TorchScript: the older way to run a network without its Python code, which many servers and phones still expect."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from kdstudio.core.errors import ExportError
from kdstudio.export.formats import EXACT, Answers, Tolerance
from kdstudio.export.raw import FromRaw
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed


class TorchScript:
    """Raw inputs in the order of the contract, any batch size, out the logits."""

    title: ClassVar[str] = "TorchScript"
    help: ClassVar[str] = "For LibTorch and older PyTorch; PyTorch itself now advises .pt2."
    file: ClassVar[str] = "model.torchscript.pt"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Trace the student with its preprocessing."""
        inputs = model.preprocessing.graph_inputs(shape)
        with _quiet():
            try:
                given = tuple(one.example for one in inputs)
                traced = torch.jit.trace(FromRaw(model).eval(), given, check_trace=False)  # type: ignore[no-untyped-call]  # the export checks it anyway
                torch.jit.save(torch.jit.freeze(traced), str(path))
            except (RuntimeError, ValueError, TypeError) as error:
                first = str(error).strip().partition("\n")[0]
                hint = "Export it as ONNX or as a PyTorch program."
                raise ExportError(f"TorchScript cannot hold this student: {first}", hint=hint) from error

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as PyTorch answers."""
        try:
            with _quiet():
                module = torch.jit.load(str(path), "cpu")  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            first = str(error).strip().partition("\n")[0]
            raise ExportError(f"PyTorch refuses {path.name}: {first}", hint="Export again.", where=str(path)) from error

        def answer(fed: Feed) -> np.ndarray:
            try:
                with torch.inference_mode():
                    return np.asarray(module(*(torch.from_numpy(values) for values in fed.values())).numpy())
            except RuntimeError as error:
                reason = str(error).strip().rpartition("\n")[2]
                hint = "Export it as ONNX or as a PyTorch program."
                raise ExportError(f"PyTorch refuses what it is asked: {reason}", hint=hint, where=str(path)) from error

        return answer


EXPORTER = TorchScript


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence that torch.jit is old, that a trace keeps what does not depend on the inputs, which is meant, and what
    old properties of transformers say of themselves when the trace looks at all there are.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", category=torch.jit._trace.TracerWarning)
        warnings.filterwarnings("ignore", r"`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield
