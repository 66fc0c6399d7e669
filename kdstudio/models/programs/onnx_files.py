"""Reading an ONNX file without running it: what it takes and gives, and whether all that it names may be opened.

ONNX Runtime opens whatever file a model names for its weights, and knows a location that is an address in memory; and
operators of other domains are code of other libraries. So all of it is looked at before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch

from kdstudio.core.digest import digest_file, digest_value
from kdstudio.core.errors import ModelError
from kdstudio.models.programs.inputs import Value

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"})
"""Operators that ONNX Runtime has itself (onnxruntime/core/graph/constants.h)."""
_NAMING_FILES = ("EPContext", "PythonOp")  # operators of com.microsoft that load what a file names, or call Python
_AGAIN = "Download or export it again."


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What an ONNX file says: inputs, outputs, metadata, and count and bytes of its weights."""

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    metadata: dict[str, str]
    weights: tuple[int, int]
    digest: str


def read(path: Path) -> OnnxFile:
    """Read the file and check what it names; raises ModelError for what is damaged or must not be opened."""
    model = parse(path)
    try:
        return _described(model, path)
    except (TypeError, ValueError, AttributeError) as error:  # protobuf gives bytes for words that are no UTF-8
        raise ModelError("the ONNX file is damaged", hint=_AGAIN) from error


def _described(model: Any, path: Path) -> OnnxFile:
    graph = model.graph
    tensors = list(_tensors(model))
    beside = sorted({_beside(tensor, path) for tensor in tensors if _is_external(tensor)})
    _check_operators(model)
    initial = {tensor.name for tensor in graph.initializer} | {t.values.name for t in graph.sparse_initializer}
    digests = [digest_file(file) for file in (path, *beside)]
    return OnnxFile(
        inputs=tuple(_value(value) for value in graph.input if value.name not in initial),
        outputs=tuple(_value(value) for value in graph.output),
        metadata={entry.key: entry.value for entry in model.metadata_props},
        weights=(sum(prod(t.dims) for t in graph.initializer), sum(_bytes(t) for t in graph.initializer)),
        digest=digests[0] if not beside else digest_value(digests),
    )


def parse(path: Path) -> Any:
    """Return the file as a ModelProto, without weights that lie beside it; raises ModelError where it is damaged."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(str(path), load_external_data=False)
    except (DecodeError, ValueError, RecursionError) as error:
        raise ModelError("the ONNX file is cut short or damaged", hint=_AGAIN) from error
    if not model.graph.node or not model.graph.output:
        raise ModelError("the ONNX file holds no graph that answers", hint=_AGAIN)
    return model


def _graphs(model: Any) -> Iterator[Any]:
    """Every part that has nodes: the graph, its functions, and the graphs inside nodes."""
    waiting = [model.graph, *model.functions]
    while waiting:
        part = waiting.pop()
        yield part
        for node in part.node:
            for attribute in node.attribute:
                waiting += [attribute.g] if attribute.HasField("g") else []
                waiting += attribute.graphs


def _tensors(model: Any) -> Iterator[Any]:
    for part in _graphs(model):
        yield from getattr(part, "initializer", ())
        for sparse in getattr(part, "sparse_initializer", ()):
            yield from (sparse.values, sparse.indices)
        for node in part.node:
            for attribute in node.attribute:
                yield from (attribute.t, *attribute.tensors, attribute.sparse_tensor.values)


def _is_external(tensor: Any) -> bool:
    return bool(tensor.data_location == tensor.EXTERNAL or tensor.external_data)


def _beside(tensor: Any, path: Path) -> Path:
    """Return the file with a tensor's numbers; it must lie in the model's folder and be long enough."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    location = said.get("location", "")
    folder = path.resolve().parent
    file: Path = (folder / location).resolve()
    if not location or Path(location).is_absolute() or not file.is_relative_to(folder):
        message = f"the weights of {tensor.name!r} are to be read from {location!r}, outside the model's folder"
        raise ModelError(message, hint="Nothing was read. Use a model that keeps its weights beside it.")
    if not file.is_file():
        message = f"the weights of {tensor.name!r} are in the file {location!r}, which is not beside the model"
        raise ModelError(message, hint="Copy it into the model's folder.")
    offset, length = (said.get(key, "0") for key in ("offset", "length"))
    if not (offset.isdigit() and length.isdigit()) or int(offset) + int(length) > file.stat().st_size:
        raise ModelError(f"the file {location!r} is shorter than the model says", hint="Copy or download it again.")
    return file


def _check_operators(model: Any) -> None:
    own = {(function.domain, function.name) for function in model.functions}
    nodes = [node for part in _graphs(model) for node in part.node]
    foreign = [
        f"{node.domain}.{node.op_type}".strip(".")
        for node in nodes
        if (node.domain, node.op_type) not in own and (node.domain not in DOMAINS or node.op_type in _NAMING_FILES)
    ]
    if foreign:
        names = ", ".join(sorted(set(foreign))[:4])
        message = f"the model needs operators that ONNX Runtime does not have itself: {names}"
        hint = "They are code of another library, which is not loaded. Export the model with standard operators."
        raise ModelError(message, hint=hint)


def _value(value: Any) -> Value:
    kind = value.type.tensor_type
    shape = tuple(dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in kind.shape.dim)
    return Value(value.name, shape, _dtypes().get(kind.elem_type))


def _dtypes() -> dict[int, torch.dtype]:
    """Return torch's types by the numbers that ONNX has for them (onnx.proto, TensorProto.DataType)."""
    return {
        1: torch.float32, 2: torch.uint8, 3: torch.int8, 6: torch.int32, 7: torch.int64, 9: torch.bool,
        10: torch.float16, 11: torch.float64,
    }  # fmt: skip


def _bytes(tensor: Any) -> int:
    import onnx

    try:
        each = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, ValueError, TypeError):
        return 0
    return int(prod(tensor.dims) * each)
