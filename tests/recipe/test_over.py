"""What a sweep varies: lists and ranges as they are written in a terminal."""

import pytest

from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.over import Range, axes, from_value, to_value


def test_that_values_are_json_where_they_can_be_and_commas_inside_brackets_belong_to_them() -> None:
    given = ["methods.soft_targets.temperature=1,2.5", "optimizer.name=sgd, adamw", "student.knobs.hidden=[32],[64,64]"]
    assert axes(given) == {
        "methods.soft_targets.temperature": [1, 2.5],
        "optimizer.name": ["sgd", "adamw"],
        "student.knobs.hidden": [[32], [64, 64]],
    }
    assert axes(['data.path="a,b",c']) == {"data.path": ["a,b", "c"]}
    assert axes(["baseline=true,1,true"]) == {"baseline": [True, 1]}


def test_that_a_range_is_whole_or_not_and_logarithmic_from_a_factor_of_ten_on() -> None:
    found = axes(["optimizer.learning_rate=0.001..0.1", "batch_size=16..64", "schedule.factor=2.0..8"])
    rate, batch, factor = found.values()
    assert rate == Range(0.001, 0.1)
    assert isinstance(rate, Range)
    assert isinstance(batch, Range)
    assert isinstance(factor, Range)
    assert (rate.is_log, rate.is_whole) == (True, False)
    assert (batch.is_log, batch.is_whole) == (False, True)
    assert not factor.is_whole
    assert not Range(0.0, 5.0).is_log


def test_that_what_is_varied_can_be_read_back() -> None:
    found = axes(["optimizer.learning_rate=0.001..0.1", "optimizer.name=sgd,adamw"])
    assert from_value(to_value(found)) == found


def test_that_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidRecipe) as refusal:
        axes(["seed", "threads=", "batch_size=1,2", "batch_size=3", "epochs=9..3"])
    assert [(problem.where, problem.message) for problem in refusal.value.problems] == [
        ("seed", "is not of the form KEY.PATH=VALUE,VALUE"),
        ("threads=", "is not of the form KEY.PATH=VALUE,VALUE"),
        ("batch_size", "is varied twice"),
        ("epochs", "is no range from a lower to a higher number"),
    ]
