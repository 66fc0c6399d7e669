"""The answer of a teacher taken apart, against numbers worked out by hand."""

import numpy as np
import pytest

from kdstudio.analysis.split import split


def test_that_an_answer_is_split_into_target_and_others() -> None:
    found = split(np.log([0.6, 0.1, 0.3]), 0)
    assert found.target == pytest.approx(0.6)
    assert found.rest == pytest.approx(0.4)
    assert found.classes.tolist() == [2, 1]
    assert found.others == pytest.approx([0.75, 0.25])
    assert found.emphasis(8.0) == pytest.approx(20.0)


def test_that_temperature_softens_both_parts() -> None:
    found = split(2.0 * np.log([0.1, 0.6, 0.3]), 1, 2.0)
    assert found.target == pytest.approx(0.6)
    assert found.others == pytest.approx([0.75, 0.25])


def test_that_a_sure_teacher_still_tells_the_others_apart() -> None:
    found = split(np.array([1000.0, np.log(3.0), 0.0]), 0)
    assert (found.target, found.rest) == (1.0, 0.0)
    assert found.others == pytest.approx([0.75, 0.25])
    assert found.emphasis(8.0) == float("inf")


def test_that_what_cannot_be_split_is_said() -> None:
    with pytest.raises(ValueError, match="class -1 of 3"):
        split(np.zeros(3), -1)
    with pytest.raises(ValueError, match="class 0 of 1"):
        split(np.zeros(1), 0)
