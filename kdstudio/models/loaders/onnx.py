"""Loader for ONNX: a graph of standard operators that ONNX Runtime runs. It is no code, so that it needs no trust."""

from pathlib import Path
from typing import ClassVar

from kdstudio.core.errors import ModelError
from kdstudio.data.sniff import sniff
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.model import Model
from kdstudio.models.programs.beside import folders, settings
from kdstudio.models.programs.inputs import Takes
from kdstudio.models.programs.kinds import declared
from kdstudio.models.programs.onnx_files import OnnxFile, read
from kdstudio.models.programs.onnx_learning import learning
from kdstudio.models.programs.onnx_net import OnnxNet
from kdstudio.models.programs.own import class_names, takes, task
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
        own = takes(path, file.metadata, file.inputs)
        net = OnnxNet(path, tuple(value.name for value in file.inputs), tuple(value.name for value in file.outputs))
        program = Program(
            module=net,
            takes=_takes(file, path) if own is None else [own],
            path=path,
            format=Onnx.title,
            digest=file.digest,
            label=file.metadata.get("student", "") if "kdstudio" in file.metadata else "",
            class_names=class_names(path, file.metadata, file.inputs) or _names(path),
            weights=file.weights,
            task=task(path, file.metadata, file.inputs),
        )
        return learning(as_model(program))


LOADER = Onnx


def _takes(file: OnnxFile, path: Path) -> list[Takes]:
    try:
        return declared(file.inputs, path)
    except ModelError as error:
        raise ModelError(f"an ONNX model: {error.message}. {_answers(file)}", hint=error.hint) from error


def _answers(file: OnnxFile) -> str:
    is_scalar = file.outputs[0].shape[1:] in ((), (1,))
    told = ": one number an input, as a detector or a regression does" if is_scalar else ""
    return "It answers " + ", ".join(value.describe() for value in file.outputs) + told


def _names(path: Path) -> tuple[str, ...]:
    """Return the class names in the config.json beside it, as transformers' exporters leave it there."""
    folder = next((one for one in folders(path) if (one / "config.json").is_file()), None)
    return () if folder is None else Folder(folder, settings(folder / "config.json")).class_names
