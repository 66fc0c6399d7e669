"""ONNX: raw inputs in, logits out, with the student's preprocessing inside the graph."""

import contextlib
import io
import json
import logging
import math
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from kdstudio import __version__
from kdstudio.core.errors import ExportError
from kdstudio.core.files import write_bytes
from kdstudio.export.formats import EXACT, Answers, Tolerance
from kdstudio.export.integers import in_integers
from kdstudio.export.raw import FromRaw, dynamic_axes
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed

OPSET = 18
FORMAT = 1  # version of what this file promises: names, types and meaning of input, output and metadata


class Onnx:
    """Raw inputs named as in the contract (`image`, `row`, `audio`, `input_ids`), out `logits` or `value`."""

    title: ClassVar[str] = "ONNX"
    help: ClassVar[str] = (
        f"Opset {OPSET}, any batch size, raw pixels in. For ONNX Runtime on phones, servers, browsers."
    )
    file: ClassVar[str] = "model.onnx"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Trace the student with its preprocessing and write one self-contained file."""
        import onnx

        model = in_integers(model)
        try:
            graph = _trace(model, shape)
            _forget_origin(graph)
            _describe(graph, model)
            onnx.checker.check_model(graph, full_check=True)
        except (RuntimeError, ValueError, TypeError, onnx.checker.ValidationError) as error:
            hint = "Export it as safetensors, or choose a student of another architecture."
            raise ExportError(f"ONNX cannot hold this student: {error}", hint=hint) from error
        _only_the_student(graph, model, shape)
        write_bytes(path, graph.SerializeToString())

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as ONNX Runtime answers, on one CPU thread."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            raise _refusal(path, error) from error

        name = session.get_outputs()[0].name

        def answer(fed: Feed) -> np.ndarray:
            try:
                return np.asarray(session.run([name], fed)[0])
            except Exception as error:
                raise _refusal(path, error) from error

        return answer


EXPORTER = Onnx


@contextmanager
def plain_graph(model: Model, shape: tuple[int, ...], path: Path) -> Iterator[Any]:
    """Give the graph of the plain file beside `path` (ModelProto), or that of one that is written for this alone."""
    import onnx

    beside = path.with_name(Onnx.file)
    is_there = beside.exists()
    if not is_there:
        Onnx.write(model, shape, beside)
    try:
        yield onnx.load(beside)
    finally:
        if not is_there:
            beside.unlink()


def output_name(model: Model) -> str:
    """Return what the graph calls its answer."""
    return "value" if model.task == "regression" else "logits"


def _trace(model: Model, shape: tuple[int, ...]) -> Any:
    """Return the student and its preprocessing as an ONNX graph (ModelProto)."""
    inputs = model.preprocessing.graph_inputs(shape)
    with _quiet():
        program = torch.onnx.export(
            FromRaw(model).eval(),
            tuple(known.example for known in inputs),
            dynamo=True,
            opset_version=OPSET,
            input_names=[known.name for known in inputs],
            output_names=[output_name(model)],
            dynamic_shapes=dynamic_axes(inputs),
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave nothing")
    return program.model_proto


def _forget_origin(graph: Any) -> None:
    """Remove what torch notes on each node: the stack trace, with the paths of this machine, was a third of a file."""
    inside = graph.graph
    for part in (inside, *inside.node, *inside.input, *inside.output, *inside.value_info, *inside.initializer):
        del part.metadata_props[:]
        part.doc_string = ""


def _describe(graph: Any, model: Model) -> None:
    facts = {
        "kdstudio": __version__,
        "format": str(FORMAT),
        "labels": json.dumps(list(model.class_names), ensure_ascii=False),
        "task": model.task,
        "student": model.label or model.spec.architecture,
        "preprocessing": model.preprocessing.model_dump_json(),
    }
    for key, value in facts.items():
        graph.metadata_props.add(key=key, value=value)


def _only_the_student(graph: Any, model: Model, shape: tuple[int, ...]) -> None:
    """Make sure that no teacher travels along; batch norms are folded into weights, so there may be fewer numbers."""
    inside = sum(math.prod(tensor.dims) for tensor in graph.graph.initializer)
    own = sum(tensor.numel() for tensor in model.module.state_dict().values())
    if inside > own + model.preprocessing.constants(shape):
        raise ExportError(f"The ONNX file would hold {inside:,} numbers; the student has only {own:,}.")


def _refusal(path: Path, error: Exception) -> ExportError:
    hint = f"The file must be a whole {Onnx.file} and the pictures of its size: export again."
    return ExportError(f"ONNX Runtime refuses: {error}", hint=hint, where=str(path))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what torch.onnx prints off stdout, and silence exactly three sentences.

    One is about a deprecation in torch's own code, one says that torchvision, which no student uses, is absent, and one
    that two inputs share an axis, as words and their mask are meant to.
    """
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    logger.addFilter(_is_other_news)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning)
            warnings.filterwarnings("ignore", r"# The axis name: (\w+) will not be used.*: \1\.", UserWarning)
            yield
    finally:
        logger.removeFilter(_is_other_news)


def _is_other_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("torchvision is not installed")
