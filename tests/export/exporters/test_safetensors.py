"""The safetensors file opens as the same student."""

from pathlib import Path

import numpy as np
import pytest
import torch

from kdstudio.core.errors import ExportError, ModelError
from kdstudio.core.layout import RunFolder
from kdstudio.export.formats import EXPORTERS
from kdstudio.models.source import load


def test_that_the_safetensors_file_opens_as_the_same_student(run: Path, out: Path) -> None:
    one = load(RunFolder(run).checkpoint("best") / "student.safetensors")
    other = load(out / "model.safetensors")
    weights, copies = one.module.state_dict(), other.module.state_dict()
    assert list(weights) == list(copies)
    assert all(torch.equal(weights[name], copies[name]) for name in weights)
    assert (one.spec, one.preprocessing, one.class_names) == (other.spec, other.preprocessing, other.class_names)
    inputs = torch.rand(5, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(one.logits(inputs), other.logits(inputs))


def test_that_damaged_files_and_other_pictures_are_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((out / "model.safetensors").read_bytes()[:-9])
    with pytest.raises(ExportError):
        EXPORTERS["safetensors"].open(tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="the inputs have 2"):
        EXPORTERS["safetensors"].open(out / "model.safetensors")({"image": np.zeros((1, 2, 8, 8), np.uint8)})
