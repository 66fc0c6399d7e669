"""Asking an exported file about one picture."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import ExportError
from kdstudio.export.session import classify


def test_that_an_exported_file_answers_one_picture(out: Path, digits: np.ndarray) -> None:
    picture = digits[3][None]
    onnx_logits, torch_logits = classify(out / "model.onnx", picture), classify(out / "model.safetensors", picture)
    assert onnx_logits.shape == (10,)
    assert onnx_logits == pytest.approx(torch_logits, abs=1e-4)


def test_that_a_renamed_file_answers_and_others_are_refused(out: Path, digits: np.ndarray, tmp_path: Path) -> None:
    shutil.copy(out / "model.onnx", tmp_path / "my student.onnx")
    assert classify(tmp_path / "my student.onnx", digits[0][None]).argmax() in range(10)
    (tmp_path / "notes.txt").write_text("")
    for name, words in (("notes.txt", "not a file that kdstudio exported"), ("absent.onnx", "not there any more")):
        with pytest.raises(ExportError, match=words):
            classify(tmp_path / name, digits[0][None])


def test_that_a_file_that_was_exported_again_is_opened_again(out: Path, digits: np.ndarray, tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    shutil.copy(out / "model.onnx", file)
    classify(file, digits[0][None])
    file.write_bytes(b"damaged since")
    with pytest.raises(ExportError):
        classify(file, digits[0][None])
