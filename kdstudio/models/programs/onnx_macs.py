"""Multiply-accumulates of an ONNX graph, from the shapes that onnx infers for one input."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from kdstudio.models.programs.onnx_files import parse

_UNCOUNTED = ("Integer", "QLinear", "LSTM", "GRU", "RNN", "Attention", "Fused", "ConvTranspose", "If", "Loop", "Scan")


def multiplications(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """Return those of convolutions and linear layers when the inputs have `shapes`; None where it is not known."""
    import onnx

    model = parse(path)
    _fix(model.graph, shapes)
    try:
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception:  # shapes that contradict each other: ONNX Runtime may answer all the same
        return None
    if model.functions or any(word in node.op_type for node in graph.node for word in _UNCOUNTED):
        return None
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    known = {value.name: _dims(value) for value in (*graph.value_info, *graph.output)}
    counts = [_count(node, weights, known) for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul")]
    return None if None in counts or not counts else sum(count for count in counts if count)


def _fix(graph: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Give the inputs their shapes, and forget what the file says of those that follow from it."""
    del graph.value_info[:]
    for value in graph.input:
        if value.name in shapes:
            for dim, size in zip(value.type.tensor_type.shape.dim, shapes[value.name], strict=True):
                dim.dim_value = size
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")


def _dims(value: Any) -> tuple[int, ...]:
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)


def _count(node: Any, weights: dict[str, tuple[int, ...]], known: dict[str, tuple[int, ...]]) -> int | None:
    """Numbers of the weight, times the places at which it is used; None where a shape is missing."""
    output = known.get(node.output[0], ())
    weight = next((weights[name] for name in node.input[:2] if name in weights), None)
    if not output or 0 in output or (weight is None and node.op_type != "MatMul"):
        return None
    if weight is None:  # of two answers, as in attention: papers do not count it
        return 0
    places = output[2:] if node.op_type == "Conv" else output[1:-1]
    return prod(weight) * prod(places)
