"""safetensors: the weights with everything that is needed to open them again in kdstudio or PyTorch."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from kdstudio.core.errors import ExportError, ModelError
from kdstudio.export.formats import EXACT, Answers, Tolerance
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed
from kdstudio.models.save import save
from kdstudio.models.source import load


class Safetensors:
    """Weights under their usual names; architecture, classes and preprocessing in the file's metadata."""

    title: ClassVar[str] = "PyTorch weights"
    help: ClassVar[str] = "safetensors with architecture, classes and preprocessing, for kdstudio and PyTorch."
    file: ClassVar[str] = "model.safetensors"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, _shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Write the weights and the description."""
        save(model, path)

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as PyTorch answers."""
        try:
            model = load(path)
        except ModelError as error:
            raise ExportError(error.message, hint=error.hint, where=error.where) from error
        model.module.eval()

        def answer(fed: Feed) -> np.ndarray:
            with torch.inference_mode():
                given = (torch.from_numpy(values) for values in fed.values())
                return np.asarray(model.output.logits(model.module(model.preprocessing.in_graph(*given))).numpy())

        return answer


EXPORTER = Safetensors
