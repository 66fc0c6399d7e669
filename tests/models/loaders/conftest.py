"""Programs written by other tools, from a net that scikit-learn trained on its digits."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from torch import nn


@dataclass(frozen=True)
class Digits:
    """scikit-learn's digits (n, 1, 8, 8) uint8 0..255, a net that it trained on values of 0..1, and its logits."""

    images: np.ndarray
    targets: np.ndarray
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    probabilities: np.ndarray

    def module(self, *last: nn.Module) -> nn.Sequential:
        layers: list[nn.Module] = [nn.Flatten()]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            layer = nn.Linear(*weight.shape, device="meta")
            layer.weight = nn.Parameter(torch.tensor(weight.T, dtype=torch.float32).contiguous())
            layer.bias = nn.Parameter(torch.tensor(bias, dtype=torch.float32))
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers[:-1], *last).eval()

    @property
    def inputs(self) -> torch.Tensor:
        return torch.from_numpy(self.images).float() / 255


@pytest.fixture(scope="session")
def digits() -> Digits:
    bunch = load_digits()
    images = (bunch.images * 15.9).astype(np.uint8)[:, None]
    rows = images.reshape(len(images), -1) / 255
    net = MLPClassifier((32,), max_iter=40, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would go on learning
        net.fit(rows, bunch.target)
    return Digits(images, bunch.target, net.coefs_, net.intercepts_, net.predict_proba(rows))


@pytest.fixture
def scripted() -> Callable[..., Path]:
    """Save a module with torch.jit, whose own tools are deprecated."""

    def save(module: nn.Module, file: Path, example: torch.Tensor | None = None, *, frozen: bool = False) -> Path:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            script = torch.jit.script(module) if example is None else torch.jit.trace(module, example)
            torch.jit.save(torch.jit.freeze(script.eval()) if frozen else script, str(file))
        return file

    return save


@pytest.fixture
def exported() -> Callable[..., Path]:
    """Save a module with torch.export; the batch is free unless `rows` fixes it."""

    def save(module: nn.Module, file: Path, example: torch.Tensor, *, rows: bool = False) -> Path:
        axes = None if rows else ({0: torch.export.Dim("batch")},)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(torch.export.export(module, (example,), dynamic_shapes=axes), file)
        return file

    return save


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, trap: Path) -> None:
        self.trap = trap

    def __reduce__(self):
        return os.mkdir, (str(self.trap),)


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    return Canary(tmp_path / "it ran")
