import pytest

from kdstudio.recipe.problems import Catalogue
from kdstudio.training.opening import catalogue
from kdstudio.ui.panels.methods.method_mix import main_method, teacher_share, with_method, with_share, without_labels

BOTH = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9, "temperature": 6.0}]


@pytest.fixture(params=["live", "not there yet"])
def known(request) -> Catalogue:
    return catalogue() if request.param == "live" else Catalogue()


def test_that_the_share_is_the_teachers_part_of_all_weight(known):
    assert teacher_share(BOTH, known) == pytest.approx(0.9)
    assert teacher_share([{"method": "hard_labels"}], known) == 0
    assert teacher_share([{"method": "soft_targets", "weight": 0}], known) == 0
    assert main_method(BOTH, known) == 1


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_that_a_new_share_keeps_sum_knobs_and_order(known, share: float):
    made = with_share(BOTH, share, known)
    assert teacher_share(made, known) == pytest.approx(share)
    assert sum(choice["weight"] for choice in made) == pytest.approx(1.0)
    assert made[-1]["temperature"] == 6.0


def test_that_labels_leave_at_one_and_come_back_below(known):
    alone = with_share(BOTH, 1.0, known)
    assert [choice["method"] for choice in alone] == ["soft_targets"]
    assert [choice["method"] for choice in with_share(alone, 0.8, known)] == ["hard_labels", "soft_targets"]


def test_that_large_weights_stay_large(known):
    methods = [{"method": "hard_labels", "weight": 1.0}, {"method": "soft_targets", "weight": 9.0}]
    assert [c["weight"] for c in with_share(methods, 0.5, known)] == [5.0, 5.0]


def test_that_another_method_takes_place_weight_and_temperature_of_the_first():
    made = with_method(BOTH, "soft_targets", catalogue())
    assert made == BOTH
    assert with_method([BOTH[0]], "soft_targets", catalogue())[1] == {
        "method": "soft_targets",
        "weight": 1.0,
        "temperature": 4.0,
    }


def test_that_methods_that_need_labels_can_be_left_out(known):
    assert without_labels(BOTH, known) == BOTH[1:]


def test_that_methods_between_layers_have_no_part_in_the_share():
    methods = [{"method": "hints", "weight": 100.0}, *BOTH]
    known = catalogue()
    assert main_method(methods, known) == 2
    assert teacher_share(methods, known) == pytest.approx(0.9)
    made = with_share(methods, 0.5, known)
    assert [choice["weight"] for choice in made] == [100.0, 0.5, 0.5]


def test_that_another_method_is_as_strong_as_the_one_before():
    made = with_method(BOTH, "attention_transfer", catalogue())
    assert made[1] == {"method": "attention_transfer", "weight": 900.0}
    assert with_method(made, "soft_targets", catalogue())[1]["weight"] == 0.9
