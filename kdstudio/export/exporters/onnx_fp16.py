"""ONNX in half precision: half the bytes, the same graph; raw inputs in and single-precision logits out, as before."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from kdstudio.core.errors import ExportError
from kdstudio.core.files import write_bytes
from kdstudio.export.exporters.onnx import Onnx, plain_graph
from kdstudio.export.formats import Tolerance
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed


class OnnxHalf:
    """Weights and arithmetic of 16 bits between the inputs and the logits, which keep their types."""

    title: ClassVar[str] = "ONNX, 16 bits"
    help: ClassVar[str] = "Half the bytes, for graphics cards and phones; most CPUs compute it no faster."
    file: ClassVar[str] = "model.fp16.onnx"
    tolerance: ClassVar[Tolerance] = Tolerance(difference=2e-2, agreement=0.99)

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Convert the graph of the plain format, which is written first where it is not there yet."""
        if model.spec.bits is not None:
            hint = "Export it as plain ONNX or with 8 bits."
            raise ExportError("The student learned to compute with 8 bits, and not with 16.", hint=hint)
        from onnxruntime.transformers.float16 import convert_float_to_float16

        with plain_graph(model, shape, path) as graph:
            try:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", r"the float32 number .* will be truncated", UserWarning)
                    half = convert_float_to_float16(graph, keep_io_types=True)
            except (RuntimeError, ValueError, TypeError) as error:
                raise ExportError(f"The student cannot be written with 16 bits: {error}", hint=HINT) from error
        write_bytes(path, half.SerializeToString())

    open = Onnx.open


HINT = "Export it as plain ONNX."
EXPORTER = OnnxHalf
