"""torch.export: the student as a program that PyTorch runs without its Python code."""

import multiprocessing
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from kdstudio.core.errors import ExportError
from kdstudio.export.formats import EXACT, Answers, Tolerance
from kdstudio.export.raw import FromRaw, dynamic_axes
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed


class Pt2:
    """Raw inputs in the order of the contract, any batch size, out the logits; labels travel beside it."""

    title: ClassVar[str] = "PyTorch program"
    help: ClassVar[str] = "torch.export (.pt2), any batch size, raw inputs in. For PyTorch where this code is not."
    file: ClassVar[str] = "model.pt2"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Trace the student with its preprocessing."""
        inputs = model.preprocessing.graph_inputs(shape)
        try:
            program = torch.export.export(
                FromRaw(model).eval(),
                tuple(one.example for one in inputs),
                dynamic_shapes=dynamic_axes(inputs, bounded=True),  # a program checks what positions a network has
            )
            torch.export.save(program, path)
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            first = str(error).strip().partition("\n")[0]
            hint = "Export it as safetensors, or choose a student of another architecture."
            raise ExportError(f"A PyTorch program cannot hold this student: {first}", hint=hint) from error

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as another process answers, which knows nothing of the student but this file."""
        return _Elsewhere(path)


EXPORTER = Pt2


class _Elsewhere:
    """A process that opens the file and answers until nobody holds this any more."""

    def __init__(self, path: Path) -> None:
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._pipe = here
        self._process = context.Process(target=_answer, args=(there, str(path)), daemon=True)
        self._process.start()
        there.close()
        self._take()  # that it could be opened

    def __call__(self, fed: Feed) -> np.ndarray:
        self._pipe.send((list(fed.values()), 1))
        return self._take()

    def times(self, fed: Feed, calls: int) -> list[float]:
        """Return the seconds of so many answers, without the way to the other process."""
        self._pipe.send((list(fed.values()), calls))
        return [float(one) for one in self._take()]

    def __del__(self) -> None:
        self._pipe.close()
        self._process.join(timeout=10)

    def _take(self) -> np.ndarray:
        try:
            found = self._pipe.recv()
        except EOFError:
            found = "its process ended"
        if isinstance(found, str):
            raise ExportError(f"PyTorch refuses the exported program: {found}", hint="Export again.")
        return np.asarray(found)


def _seconds(program: torch.nn.Module, given: list[torch.Tensor]) -> float:
    began = time.perf_counter()
    program(*given)
    return time.perf_counter() - began


def _answer(pipe: Connection, path: str) -> None:
    torch.set_num_threads(1)
    try:
        program = torch.export.load(path).module()
        pipe.send(np.zeros(0, np.float32))
        while True:
            values, calls = pipe.recv()
            given = [torch.from_numpy(one) for one in values]
            with torch.inference_mode():
                if calls == 1:
                    pipe.send(program(*given).numpy())
                else:
                    pipe.send(np.array([_seconds(program, given) for _ in range(calls)]))
    except EOFError:
        return
    except Exception as error:  # told where it was asked, whatever it is
        pipe.send(str(error).strip().partition("\n")[0] or type(error).__name__)
