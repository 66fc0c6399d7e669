"""An ONNX model as a torch module: ONNX Runtime answers, torch tensors go in and come out."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError


class OnnxNet(nn.Module):
    """Answers with a dict of the graph's outputs by name, or with the tensor where there is one output.

    It cannot learn and has no mode. The session is made at the first answer, with as many threads as torch has then,
    because the thread count is set after a model is opened; threads sleep between answers instead of spinning beside
    torch's own.
    """

    def __init__(self, path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.path = path
        self.inputs = inputs
        self.outputs = outputs
        self.training = False
        self._session: Any = None
        self._threads = 0

    def train(self, mode: bool = True) -> "OnnxNet":
        """Stay as it is."""
        del mode
        return self

    def forward(self, *given: Tensor) -> Tensor | dict[str, Tensor]:
        """Answer inputs in the graph's own order and types; raises ModelError where ONNX Runtime refuses them."""
        session = self._ready()
        arrays = [np.ascontiguousarray(one.detach().cpu().numpy()) for one in given]
        try:
            answers = session.run(list(self.outputs), dict(zip(self.inputs, arrays, strict=True)))
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            raise refusal(error, self.path) from error
        tensors = [_tensor(answer, given[0].device) for answer in answers]
        return tensors[0] if len(tensors) == 1 else dict(zip(self.outputs, tensors, strict=True))

    def _ready(self) -> Any:
        threads = torch.get_num_threads()
        if self._session is None or threads != self._threads:
            self._session, self._threads = session(self.path, threads), threads
        return self._session


def session(path: Path, threads: int) -> Any:
    """Return ONNX Runtime's session for a file, on the GPU where this ONNX Runtime and torch both have one."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.use_deterministic_compute = True
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    usable = {"CPUExecutionProvider"} | ({"CUDAExecutionProvider"} if torch.cuda.is_available() else set())
    providers = [name for name in onnxruntime.get_available_providers() if name in usable]
    try:  # without its fallback, which prints; a GPU that cannot be used is one that is not there
        return onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=False)
    except Exception as error:
        raise refusal(error, path) from error


def refusal(error: Exception, path: Path) -> ModelError:
    """Return what ONNX Runtime says, without the path of its own source code."""
    words = str(error).strip().splitlines() or [type(error).__name__]
    reason = words[0].split(" : ", 3)[-1]
    hint = "The file may be damaged, or made for another runtime: export it again (opset 18 opens everywhere)."
    return ModelError(f"ONNX Runtime refuses the model: {reason[:300]}", hint=hint, where=str(path))


def _tensor(answer: Any, device: torch.device) -> Tensor:
    """Turn one output into a tensor; rows of {class: probability}, as scikit-learn's converter writes, into (N, C)."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = np.array([list(row.values()) for row in answer], dtype=np.float32)
    if isinstance(answer, np.ndarray) and answer.dtype.kind in "fiub":
        return torch.from_numpy(answer).to(device)
    return torch.zeros(len(answer), dtype=torch.int64, device=device)  # words: nothing that a student learns from
