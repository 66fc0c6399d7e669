"""ONNX with whole numbers of 8 bits: a quarter of the bytes, and quicker on CPUs that multiply them.

Networks for pictures, sounds and tables compute with 8 bits throughout (static quantization): the range of each
activation is measured on training inputs, never on those that the file is judged by. Networks for texts keep their
activations (dynamic quantization), whose ranges depend on the words (ONNX Runtime's own advice for transformers).
Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference".
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from kdstudio.core.errors import ExportError
from kdstudio.core.files import write_bytes
from kdstudio.export.exporters.onnx import Onnx, plain_graph
from kdstudio.export.formats import Tolerance
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed

COUNTED = ("Add", "AveragePool", "Conv", "Gemm", "GlobalAveragePool", "MatMul", "MaxPool", "Mul", "Relu")
"""Operators that compute with 8 bits; the preprocessing before them (casts, means) stays as it is."""


class OnnxInt8:
    """Weights of 8 bits with a scale for each channel; raw inputs in and single-precision logits out."""

    title: ClassVar[str] = "ONNX, 8 bits"
    help: ClassVar[str] = "About a quarter of the bytes, ranges measured on training inputs. Checked by its answers."
    file: ClassVar[str] = "model.int8.onnx"
    tolerance: ClassVar[Tolerance] = Tolerance(difference=None, agreement=0.95, loss=0.01)

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, feeds: Iterable[Feed] = ()) -> None:
        """Quantize the graph of the plain format, which is written first where it is not there yet.

        A student that learned with whole numbers has them in its plain graph, with the ranges that it has learned.
        """
        import onnx

        if model.spec.bits is not None:
            with plain_graph(model, shape, path) as graph:
                write_bytes(path, graph.SerializeToString())
            return
        with plain_graph(model, shape, path) as graph, TemporaryDirectory(dir=path.parent) as folder, _quiet():
            try:
                _quantize(graph, Path(folder), is_text=model.preprocessing.takes == "text", feeds=feeds)
                found = onnx.load(Path(folder) / "quantized.onnx")
            except Exception as error:  # the errors of onnx and ONNX Runtime have no base of their own
                hint = "Export it as plain ONNX."
                raise ExportError(f"The student cannot be written with 8 bits: {error}", hint=hint) from error
            _free_output(found.graph)
            del found.metadata_props[:]
            found.metadata_props.extend(graph.metadata_props)
        write_bytes(path, found.SerializeToString())

    open = Onnx.open


EXPORTER = OnnxInt8


class _Ranges:
    """Hands training inputs to the calibration, one batch at a time (onnxruntime's CalibrationDataReader)."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._left = iter(feeds)

    def get_next(self) -> Feed | None:
        """Return the next batch, None after the last."""
        return next(self._left, None)


def _quantize(graph: Any, folder: Path, *, is_text: bool, feeds: Iterable[Feed]) -> None:
    """Write `quantized.onnx` into the folder."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    del graph.graph.value_info[:]  # shapes that were found before; those of fused nodes are others
    onnx.save(graph, folder / "plain.onnx")
    ready, out = folder / "ready.onnx", folder / "quantized.onnx"
    quant_pre_process(folder / "plain.onnx", ready, skip_symbolic_shape=True)
    if is_text:
        quantize_dynamic(ready, out, per_channel=True, weight_type=QuantType.QInt8)
        return
    quantize_static(
        ready,
        out,
        _Ranges(feeds),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(COUNTED),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def _free_output(graph: Any) -> None:
    """Take the last rounding away, between the last layer and the logits.

    It would clip logits that are larger than any of the training inputs gave, and saves nothing.
    """
    makers = {name: node for node in graph.node for name in node.output}
    for output in graph.output:
        last = makers.get(output.name)
        if last is None or last.op_type != "DequantizeLinear":
            continue
        before = makers.get(last.input[0])
        if before is None or before.op_type != "QuantizeLinear":
            continue
        source = makers[before.input[0]]
        for node in graph.node:  # whoever else reads the value reads the logits now
            for at, name in enumerate(node.input):
                if name == before.input[0] and node is not before:
                    node.input[at] = output.name
        source.output[list(source.output).index(before.input[0])] = output.name
        graph.node.remove(last)
        graph.node.remove(before)
        for name in (*last.input[1:], *before.input[1:]):  # steps that nobody takes any more
            unused = next((one for one in graph.initializer if one.name == name), None)
            if unused is not None and not any(name in node.input for node in graph.node):
                graph.initializer.remove(unused)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep onnxruntime's advice about steps that were taken out of the log."""
    logger, level = logging.getLogger(), logging.getLogger().level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
