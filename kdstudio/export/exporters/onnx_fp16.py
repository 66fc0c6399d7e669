"""ONNX in half precision: half the bytes, the same graph; raw inputs in and single-precision logits out, as before."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from kdstudio.core.errors import ExportError
from kdstudio.core.files import write_bytes
from kdstudio.export.exporters.onnx import Onnx, plain_graph
from kdstudio.export.formats import Tolerance
from kdstudio.export.raw import STUDENT
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed


class OnnxHalf:
    """Weights and arithmetic of 16 bits between the prepared inputs and the logits, which keep their types."""

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
        with plain_graph(model, shape, path) as graph:
            try:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", r"the float32 number .* will be truncated", UserWarning)
                    half = _halved(graph)
            except (RuntimeError, ValueError, TypeError) as error:
                raise ExportError(f"The student cannot be written with 16 bits: {error}", hint=HINT) from error
        write_bytes(path, half.SerializeToString())

    open = Onnx.open


def _halved(graph: Any) -> Any:
    """Return a graph (ModelProto) whose student computes with 16 bits, and whose inputs are prepared as before.

    A spectrum of 16 bits would cost more than all layers behind it.
    """
    from onnx import compose, shape_inference, utils
    from onnxruntime.transformers.float16 import convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    first, seams, needed = _preparation(graph.graph)
    if not first:
        return convert_float_to_float16(graph, keep_io_types=True)
    parts = utils.Extractor(shape_inference.infer_shapes(graph))
    given, answers = [one.name for one in graph.graph.input], [one.name for one in graph.graph.output]
    before = parts.extract_model([name for name in given if name in needed], seams)
    after = parts.extract_model([*seams, *(name for name in given if name not in needed)], answers)
    half = convert_float_to_float16(after, keep_io_types=True)
    OnnxModel(half).topological_sort()  # its casts stand last
    kept = dict.fromkeys(("inputs", "outputs", "nodes", "edges", "value_infos", "functions"), False)
    alone = {f"rename_{what}": keep for what, keep in kept.items()}
    before = compose.add_prefix(before, "prepare.", rename_initializers=True, **alone)  # constants of both parts
    for part in (before, half):
        del part.graph.value_info[:]  # both tell the shape of what goes from one to the other
    joined = compose.merge_models(before, half, io_map=[(name, name) for name in seams])
    del joined.metadata_props[:]
    joined.metadata_props.extend(graph.metadata_props)
    return joined


def _preparation(inside: Any) -> tuple[set[str], list[str], set[str]]:
    """Return what is computed of the inputs alone, what of it the student is given, and the inputs that it takes."""
    fixed = {one.name for one in inside.initializer}
    reached = {name for name in fixed if name.startswith(STUDENT)}
    prepared: set[str] = set()
    for node in inside.node:  # in the order in which they are computed
        (reached if reached.intersection(node.input) else prepared).update(node.output)
    behind = [node for node in inside.node if reached.intersection(node.output)]
    seams = sorted({name for node in behind for name in node.input if name in prepared})
    needed = {name for node in inside.node if prepared.intersection(node.output) for name in node.input}
    return prepared, seams, needed


HINT = "Export it as plain ONNX."
EXPORTER = OnnxHalf
