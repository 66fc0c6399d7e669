"""ORT: the graph as ONNX Runtime's small builds for phones load it, optimized beforehand and without a parser."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from kdstudio.core.errors import ExportError
from kdstudio.export.exporters.onnx import Onnx, plain_graph
from kdstudio.export.formats import EXACT, Tolerance
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed


class Ort:
    """The same inputs, output and numbers as the plain ONNX file."""

    title: ClassVar[str] = "ORT"
    help: ClassVar[str] = "ONNX Runtime's own format, for its builds on Android and iOS."
    file: ClassVar[str] = "model.ort"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Let ONNX Runtime save what it makes of the plain graph, with no optimization for this processor alone."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path)
        options.add_session_config_entry("session.save_model_format", "ORT")
        with plain_graph(model, shape, path) as graph:
            try:
                onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
            except Exception as error:  # ONNX Runtime's errors have no base of their own
                hint = "Export it as plain ONNX."
                raise ExportError(f"ONNX Runtime cannot write its own format: {error}", hint=hint) from error

    open = Onnx.open


EXPORTER = Ort
