"""What settings are ranked by: the answers to validation, with one lens for all runs."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.analysis.validated import rank, validated
from kdstudio.core.files import write_array
from kdstudio.core.layout import RunFolder


def write(folder: Path, learner: str, epoch: str, logits: np.ndarray) -> None:
    place = RunFolder(folder)
    write_array(place.split(learner, "validation") / "index.npy", np.arange(3))
    write_array(place.split(learner, "validation") / "targets.npy", np.array([0, 1, 1]))
    write_array(place.logits(learner, "validation", epoch), logits.astype(np.float32))


def test_that_accuracy_and_kl_at_temperature_1_come_from_the_kept_answers(tmp_path: Path) -> None:
    student, teacher = np.array([[2.0, 0], [0, 1], [1, 0]]), np.array([[3.0, 0], [0, 2], [0, 1]])
    write(tmp_path, "student", "best", student)
    assert validated(tmp_path, "classification")["accuracy"] == pytest.approx(2 / 3)
    assert "kl" not in validated(tmp_path, "classification")
    write(tmp_path, "teacher", "last", teacher)
    found = validated(tmp_path, "classification")
    p, q = (np.exp(one) / np.exp(one).sum(1, keepdims=True) for one in (teacher, student))
    assert found["kl"] == pytest.approx((p * np.log(p / q)).sum(1).mean(), rel=1e-5)
    assert found["agreement"] == pytest.approx(2 / 3)


def test_that_a_run_without_answers_has_no_scores(tmp_path: Path) -> None:
    assert validated(tmp_path, "classification") == {}
    write(tmp_path, "student", "best", np.zeros((3, 2)))
    RunFolder(tmp_path).logits("student", "validation", "best").write_bytes(b"torn")
    assert validated(tmp_path, "classification") == {}


def test_that_without_labels_closeness_to_the_teacher_ranks() -> None:
    assert rank({"accuracy": 0.5, "agreement": 0.9}) == 0.5
    assert rank({"accuracy": None, "agreement": 0.9}) == 0.9
    assert rank({"r2": None, "correlation": 0.7}) == 0.7
    assert rank({}) is None
