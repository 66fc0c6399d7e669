"""Programs of other tools for texts, sound and tables."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn


@pytest.fixture
def drawn() -> Callable[[Callable[[], nn.Module]], nn.Module]:
    """Build a module whose weights come from a seed, and leave torch's default generator as it was."""

    def build(make: Callable[[], nn.Module]) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return make().eval()

    return build


@pytest.fixture(scope="session")
def as_onnx() -> Callable[..., Path]:
    """Export a module with torch.onnx, as a person does."""

    def save(module: nn.Module, file: Path, example: tuple[torch.Tensor, ...], *names: str, **how: object) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module.eval(), example, dynamo=True, input_names=list(names), output_names=["logits"], **how
            )
        program.save(str(file))
        return file

    return save
