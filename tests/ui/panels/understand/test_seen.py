"""Answers compared from a sample, and from all of them."""

import numpy as np
import pytest

from kdstudio.core.types import Predictions
from kdstudio.ui.panels.understand.class_doubt import classes_of, doubt_of
from kdstudio.ui.panels.understand.seen import look
from kdstudio.ui.panels.understand.transfer_numbers import transfer_numbers

COUNT, CLASSES = 6000, 12


@pytest.fixture
def found() -> dict[str, Predictions]:
    draw = np.random.default_rng(3)
    targets = draw.integers(0, CLASSES, COUNT)
    seen = 3.0 * np.eye(CLASSES)[targets] + draw.normal(size=(COUNT, CLASSES))
    noise = {"teacher": 0.3, "student": 0.6, "baseline": 1.2}
    names = tuple(f"class {k}" for k in range(CLASSES))
    return {
        who: Predictions(
            np.arange(COUNT), targets, (seen + by * draw.normal(size=seen.shape)).astype(np.float16), names
        )
        for who, by in noise.items()
    }


def test_that_a_sample_says_so_holds_every_class_and_comes_near_the_exact_numbers(found: dict[str, Predictions]):
    some, every = (look(found, "validation", "last", 4.0, most, 17) for most in (1500, 0))
    assert some.extent == f"from a sample of {len(some):,} of 6,000 inputs"
    assert every.extent == ""
    assert 17 in some.index
    shares = [np.bincount(one.truth, minlength=CLASSES) / len(one) for one in (some, every)]
    np.testing.assert_allclose(*shares, atol=0.01)
    estimate, exact = (
        transfer_numbers(one.student, one.teacher, one.baseline, 4.0, surveyed=one.surveyed) for one in (some, every)
    )
    for name in ("accuracy", "agreement", "kl", "structure"):
        assert estimate.student[name] == pytest.approx(exact.student[name], rel=0.06)
    rough, whole = (doubt_of(classes_of(one, 4.0), "doubt", 4.0) for one in (some, every))
    assert rough.extent
    assert not whole.extent
    np.testing.assert_allclose(rough.matrices["student"], whole.matrices["student"], atol=0.02)


def test_that_what_was_read_at_the_lens_spares_a_second_reading_and_changes_nothing(found: dict[str, Predictions]):
    seen = look(found, "validation", "last", 4.0)
    learners = seen.student, seen.teacher, seen.baseline
    spared, again = transfer_numbers(*learners, 4.0, surveyed=seen.surveyed), transfer_numbers(*learners, 4.0)
    assert spared.student == again.student
    assert transfer_numbers(*learners, 2.0, surveyed=seen.surveyed).student["kl"] != again.student["kl"]
