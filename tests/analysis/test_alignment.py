import numpy as np
import pytest

from kdstudio.analysis.alignment import align, blocks, check
from kdstudio.core.types import Predictions


def test_that_answers_to_other_inputs_are_refused(answers) -> None:
    first = answers([[1.0, 0.0], [0.0, 1.0]], index=[3, 4])
    with pytest.raises(ValueError, match="different inputs"):
        check(first, answers([[1.0, 0.0], [0.0, 1.0]], index=[4, 3]))
    with pytest.raises(ValueError, match="different inputs"):
        check(first, answers([[1.0, 0.0]], index=[3]))


def test_that_no_answers_are_refused(answers) -> None:
    with pytest.raises(ValueError, match="no answers"):
        check(answers(np.empty((0, 3))))
    with pytest.raises(ValueError, match="no answers"):
        check(answers(np.empty((3, 0))))


def test_that_class_counts_labels_and_lengths_must_fit(answers) -> None:
    with pytest.raises(ValueError, match="2 classes cannot be compared with 3"):
        check(answers([[1, 2]]), answers([[1, 2, 3]]))
    with pytest.raises(ValueError, match="label 2"):
        check(answers([[1, 2]], [2]))
    with pytest.raises(ValueError, match="different labels"):
        check(answers([[1, 2]], [0]), answers([[1, 2]], [1]))
    with pytest.raises(ValueError, match="different lengths"):
        check(Predictions(np.arange(2), np.zeros(1, dtype=int), np.ones((1, 2)), ("a", "b")))
    check(answers([[1, 2]], [0]), answers([[1, 2]]))  # stored answers of a teacher have no labels


def test_that_align_brings_answers_into_the_order_of_the_first(answers) -> None:
    first = answers([[1, 0], [2, 0], [3, 0]], [0, 1, 0], index=[10, 11, 12])
    second = answers([[33, 0], [99, 0], [11, 0]], [0, 1, 0], index=[12, 7, 10])
    a, b = align(first, second)
    assert a.index.tolist() == b.index.tolist() == [10, 12]
    assert a.logits[:, 0].tolist() == [1, 3]
    assert b.logits[:, 0].tolist() == [11, 33]
    with pytest.raises(ValueError, match="no input in common"):
        align(first, answers([[1, 0]], index=[5]))


def test_that_blocks_cover_every_row_once(answers) -> None:
    one = answers(np.zeros((700, 1000), dtype=np.float16))
    rows = np.concatenate([np.arange(700)[part] for part in blocks(one)])
    assert rows.tolist() == list(range(700))
    assert len(list(blocks(one))) > 1
