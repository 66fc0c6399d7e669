"""Loader for ONNX: a graph of standard operators that ONNX Runtime runs. It is no code, so that it needs no trust."""

import json
from pathlib import Path
from typing import ClassVar

from kdstudio.core.errors import ModelError
from kdstudio.data.sniff import sniff
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import InputChoice, declared, words
from kdstudio.models.programs.onnx_files import OnnxFile, Value, read
from kdstudio.models.programs.onnx_net import OnnxNet
from kdstudio.models.programs.program import Program, as_model


class Onnx:
    """A teacher: it answers and cannot learn. Files that kdstudio exported say what they are in their metadata."""

    title: ClassVar[str] = "ONNX"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Follow the fields of the file to its graph: ONNX has no magic number."""
        return 0.9 if head[:1] in (b"\x08", b"\x12", b"\x3a") and sniff(path).format == Onnx.title else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; its weights may lie in files beside it, and nowhere else."""
        file = read(path)
        takes = _takes(file)
        net = OnnxNet(path, file.inputs[0].name, tuple(value.name for value in file.outputs))
        return as_model(
            Program(
                module=net,
                takes=[takes],
                path=path,
                format=Onnx.title,
                digest=file.digest,
                label=file.metadata.get("student", "") if "kdstudio" in file.metadata else "",
                class_names=_labels(file.metadata),
                weights=file.weights,
            )
        )


LOADER = Onnx


def _takes(file: OnnxFile) -> InputChoice:
    if len(file.inputs) != 1:
        names = ", ".join(f"{value.name} {_shape(value)}" for value in file.inputs) or "nothing"
        message = f"the ONNX model takes {len(file.inputs)} inputs ({names}); a classifier of pictures takes one"
        raise ModelError(message, hint=f"{_answers(file)} Choose a model that answers each picture on its own.")
    value = file.inputs[0]
    if value.dtype is None:
        raise ModelError(f"the input {value.name!r} is no tensor of numbers", hint="Choose a model for pictures.")
    try:
        return declared(value.shape, value.dtype)
    except ModelError as error:
        message = f"the ONNX model takes {words(value.shape, value.dtype)} ({value.name!r}) and no pictures"
        raise ModelError(message, hint=f"{_answers(file)} {error.hint}") from error


def _answers(file: OnnxFile) -> str:
    given = ", ".join(f"{value.name} {_shape(value)}" for value in file.outputs)
    is_scalar = file.outputs[0].shape[1:] in ((), (1,))
    return f"It answers {given}" + (": one number an input, as a detector or a regression does." if is_scalar else ".")


def _shape(value: Value) -> str:
    return "(" + ", ".join("N" if size is None else str(size) for size in value.shape) + ")"


def _labels(metadata: dict[str, str]) -> tuple[str, ...]:
    """Return the class names that kdstudio wrote (kdstudio/export/exporters/onnx.py)."""
    try:
        found = json.loads(metadata.get("labels", "[]")) if "kdstudio" in metadata else []
    except ValueError:
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()
