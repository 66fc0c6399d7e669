"""Biases that are shifted before an export: the file expects each class as often as the teacher."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from kdstudio.core.errors import ExportError
from kdstudio.core.layout import RunFolder
from kdstudio.core.types import softmax
from kdstudio.export.export import export
from kdstudio.export.opening import open_student
from kdstudio.export.shifting import with_shift
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train


@pytest.fixture(scope="module")
def partial(run: Path, recipe: dict[str, Any], finish: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that never saw three of ten digits."""
    taught = json.loads(RunFolder(run).recipe.read_text())
    taught["data"]["omit"] = ["1", "3", "8"]
    folder = tmp_path_factory.mktemp("partial") / "run"
    finish(train(parse(taught), folder))
    return folder


def test_that_the_file_expects_each_class_as_often_as_the_teacher(partial: Path, finish: Any, tmp_path: Path) -> None:
    plain = finish(export(partial, tmp_path / "plain", ["onnx"]))[0]
    moved = finish(export(partial, tmp_path / "moved", ["onnx", "safetensors"], shifted=True))
    assert all(report.passed for report in moved)
    assert moved[0].accuracy > plain.accuracy
    assert not [problem for report in moved for problem in report.problems]
    student = open_student(partial, "best")
    validation = student.splits.validation
    fed = student.model.preprocessing.feed(validation.read(np.arange(len(validation))))
    logits = onnxruntime.InferenceSession(tmp_path / "moved" / "model.onnx").run(["logits"], fed)[0]
    teacher = softmax(np.load(student.folder.logits("teacher", "validation", "last"))).mean(axis=0)
    np.testing.assert_allclose(softmax(logits).mean(axis=0), teacher, atol=1e-3)
    card = (tmp_path / "moved" / "MODEL_CARD.md").read_text()
    assert "- Biases: shifted so that it expects each class as often as its teacher" in card
    assert f"{moved[0].accuracy:.1%}" in card


def test_that_a_run_without_the_answers_is_refused(partial: Path, run: Path) -> None:
    student = open_student(partial, "best")
    place = student.folder.logits("teacher", "validation", "last")
    hidden = place.rename(place.with_suffix(".away"))
    try:
        with pytest.raises(ExportError, match="did not keep the teacher's answers"):
            with_shift(student)
    finally:
        hidden.rename(place)
