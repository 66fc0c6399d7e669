"""The check itself: it finds what differs, and only that."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from kdstudio.core.types import Predictions
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.export import verify as verifying
from kdstudio.export.verify import compare, latency, verify
from kdstudio.models.preprocessing.image import ImagePreprocessing, as_tensor
from kdstudio.models.student import student
from kdstudio.recipe.choices import StudentChoice

Changed = Callable[[np.ndarray], np.ndarray]


def tiny():
    choice = StudentChoice(architecture="mlp", knobs={"hidden": [16]})
    return student(
        choice,
        ArrayInputs(np.zeros((1, 1, 8, 8), np.uint8)),
        10,
        tuple("0123456789"),
        ImagePreprocessing.plain(1, (8, 8)),
        0,
    )


def answered(logits: np.ndarray) -> Predictions:
    count = len(logits)
    return Predictions(np.arange(count), logits.argmax(1), logits, tuple(map(str, range(logits.shape[1]))))


def test_that_every_input_of_a_file_is_compared(finish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "CHUNK", 7)
    model, images = tiny(), np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    with torch.inference_mode():
        logits = model.logits(as_tensor(images)).numpy()

    def shifted(given: np.ndarray) -> np.ndarray:
        found = np.array([int(np.flatnonzero((images == one).all((1, 2, 3)))[0]) for one in given["image"]])
        answers = logits[found].copy()
        answers[found == 17, 3] += 0.5
        return answers

    part = Part(ArrayInputs(images), logits.argmax(1), np.arange(20))
    check = finish(verify(model, {"shifted": shifted}, part))
    verdict = check.verdicts["shifted"]
    assert check.is_whole
    assert check.accuracy == 1.0
    assert verdict.largest_difference == pytest.approx(0.5)
    assert len(verdict.differences) == 20
    assert max(verdict.differences[:19]) < 1e-5 < verdict.differences[19]
    assert not verdict.passed


def test_that_a_large_test_set_is_sampled_evenly(finish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "LARGEST", 5)
    images = np.zeros((21, 1, 8, 8), dtype=np.uint8)
    check = finish(verify(tiny(), {}, Part(ArrayInputs(images), np.full(21, -1), np.arange(21)[::-1])))
    assert check.student.index.tolist() == [20, 15, 10, 5, 0]
    assert not check.is_whole
    assert check.accuracy is None


def test_that_the_largest_difference_is_among_those_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "SHOWN", 3)
    logits = np.zeros((10, 2))
    logits[:, 0] = 1
    changed = logits + np.arange(10)[::-1, None] * 1e-5
    assert compare(answered(logits), changed).differences == pytest.approx([0, 4e-5, 9e-5])


def test_that_a_difference_counts_by_the_size_of_the_logits() -> None:
    logits = np.array([[100.0, 0.0], [0.0, 100.0]])
    assert compare(answered(logits), logits + 0.09).passed
    assert not compare(answered(logits), logits + np.array([0.11, 0])).passed
    assert compare(answered(logits / 1000), logits / 1000 + 0.0009).limit == pytest.approx(1e-3)


def test_that_torn_inputs_may_fall_to_either_side_and_others_may_not() -> None:
    torn, clear = np.tile([1.0, 1.0 + 1e-7], (100, 1)), np.tile([1.0, 1.0005], (100, 1))
    assert compare(answered(torn), torn[:, ::-1]).passed
    assert compare(answered(torn), torn[:, ::-1]).agreement == 0.0
    verdict = compare(answered(clear), clear[:, ::-1])
    assert verdict.largest_difference < verdict.limit
    assert not verdict.passed


def test_that_inputs_with_another_answer_are_named_the_worst_first() -> None:
    logits = np.eye(3)[[0, 1, 2, 0]] * 2
    exported = logits.copy()
    exported[1], exported[3] = [0, 0.5, 1], [0, 9, 0]
    found = compare(answered(logits), exported).differing
    assert [(one.row, one.before, one.after, one.difference) for one in found] == [(3, "0", "1", 9), (1, "1", "2", 1.5)]
    assert compare(answered(logits), logits).differing == ()


def test_that_a_file_that_only_is_too_far_off_names_the_inputs_at_which_it_is_most() -> None:
    logits = np.eye(2)[np.arange(40) % 2]
    found = compare(answered(logits), logits + np.arange(40)[:, None] * 0.001).differing
    assert [one.row for one in found] == list(range(39, 27, -1))
    assert all(one.before == one.after for one in found)


def test_that_answers_that_are_no_numbers_fail_and_stay_out_of_the_report() -> None:
    logits = np.eye(3)
    verdict = compare(answered(logits), np.where(logits == 1, np.nan, logits))
    assert (verdict.passed, verdict.largest_difference, verdict.differences) == (False, None, ())


def test_that_floats_become_pixels_by_rounding() -> None:
    given = np.array([-0.1, 0.0, 0.5 / 255, 0.51 / 255, 1.0, 1.2], dtype=np.float32)
    assert ImagePreprocessing.plain(1).feed(given)["image"].tolist() == [0, 0, 0, 1, 255, 255]


def test_that_latency_is_measured_on_one_thread_and_over_many_calls() -> None:
    seen: list[int] = []

    def answer(image: np.ndarray) -> np.ndarray:
        seen.append(torch.get_num_threads())
        return image

    before = torch.get_num_threads()
    times = latency(answer, {"image": np.zeros((1, 1, 8, 8), dtype=np.uint8)})
    assert times["p50"] <= times["p95"]
    assert len(seen) >= 200
    assert set(seen) == {1}
    assert torch.get_num_threads() == before
