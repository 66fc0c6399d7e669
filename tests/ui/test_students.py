"""Which students are offered for a kind of data, and which one it begins with."""

import pytest

from kdstudio.training.opening import catalogue
from kdstudio.ui.students import new_student, student_items, usual_student


@pytest.mark.parametrize("kind", ["image", "text", "table", "audio"])
def test_that_every_kind_has_a_student_and_is_offered_only_what_takes_it(kind: str):
    known = catalogue()
    offered = [name for name, _ in student_items(known, kind)]
    assert offered
    assert all(kind in known.student(name).takes for name in offered)
    usual = usual_student(known, kind)
    assert usual["architecture"] in offered


def test_that_everything_is_offered_before_the_kind_is_known():
    known = catalogue()
    assert len(student_items(known)) == len(known.students)
    assert "mlp" not in dict(student_items(known, "text"))


def test_that_a_new_student_has_its_first_knob_at_its_usual_value():
    entry = catalogue().student("small_cnn")
    assert new_student(entry) == {"architecture": "small_cnn", "knobs": {"width": 16}}


def test_that_an_empty_catalogue_has_no_student_to_offer():
    assert usual_student(type(catalogue())(), "text") is None
