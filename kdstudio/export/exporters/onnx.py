"""ONNX: raw pictures in, logits out, with the student's preprocessing inside the graph."""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from kdstudio import __version__
from kdstudio.core.files import write_bytes
from kdstudio.export.formats import Answers
from kdstudio.models.model import Model

OPSET = 18


class Onnx:
    """Input `image` uint8 (N, C, H, W) of 0–255, output `logits` float32 (N, classes), any N (contract.md)."""

    title: ClassVar[str] = "ONNX"
    help: ClassVar[str] = (
        f"Opset {OPSET}, any batch size, raw pixels in. For ONNX Runtime on phones, servers, browsers."
    )
    file: ClassVar[str] = "model.onnx"

    @staticmethod
    def write(model: Model, shape: tuple[int, int, int], path: Path) -> None:
        """Trace the student with its preprocessing and write one self-contained file."""
        import onnx

        example = torch.zeros((2, *shape), dtype=torch.uint8)
        with _quiet():
            program = torch.onnx.export(
                _FromPixels(model).eval(),
                (example,),
                dynamo=True,
                opset_version=OPSET,
                input_names=["image"],
                output_names=["logits"],
                dynamic_shapes={"image": {0: torch.export.Dim("batch", min=1)}},
                verbose=False,
            )
        if program is None:
            raise RuntimeError("torch.onnx.export gave nothing")
        graph = program.model_proto
        facts = {"labels": json.dumps(list(model.class_names), ensure_ascii=False), "kdstudio": __version__}
        for key, value in facts.items():
            graph.metadata_props.add(key=key, value=value)
        onnx.checker.check_model(graph)
        write_bytes(path, graph.SerializeToString())

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the file as ONNX Runtime answers, on one CPU thread."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        def answer(images: np.ndarray) -> np.ndarray:
            return np.asarray(session.run(["logits"], {"image": images})[0])

        return answer


EXPORTER = Onnx


class _FromPixels(nn.Module):
    def __init__(self, model: Model) -> None:
        super().__init__()
        self.student = model.module
        self.preprocessing = model.preprocessing

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.student(self.preprocessing.apply(image.float() / 255))
        return logits


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what torch.onnx prints off stdout, and silence exactly what it says about itself and absent torchvision."""
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield
