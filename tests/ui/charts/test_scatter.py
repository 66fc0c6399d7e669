"""Models by cost and score as values."""

import math

import pytest

from kdstudio.ui.charts.scatter import Model, scatter


def model(key: str, cost: float, score: float, ladder: str = "") -> Model:
    return Model(key, key.upper(), "diamond", "student", cost, score, ladder)


def test_that_the_frontier_is_told_in_words_and_in_the_table() -> None:
    found = scatter(
        [model("a", 100, 0.7), model("b", 1000, 0.6), model("c", 1000, 0.9)], "Parameters", "Accuracy", "percent"
    )
    assert (
        found.as_text()
        == "Accuracy against parameters, 3 models; best at their size: A: 70.0% at 100; C: 90.0% at 1,000"
    )
    assert found.as_csv().splitlines()[1:] == ['"A",100,0.7,1', '"B",1000,0.6,0', '"C",1000,0.9,1']


def test_that_models_without_a_number_are_not_drawn() -> None:
    found = scatter([model("a", math.nan, 0.7), model("b", 10, math.nan), model("c", 10, 0.5)], "Bytes", "R²", "number")
    assert found.known.tolist() == [2]
    assert (found.find("a"), found.find("b"), found.find("c"), found.find("d")) == (-1, -1, 2, -1)
    (left, right), (low, high) = found.ranges
    assert left < 1 < right
    assert low < 0.5 < high


def test_that_nothing_is_no_error() -> None:
    found = scatter([], "Bytes", "Accuracy", "percent")
    assert found.as_text() == "No model here has Accuracy and bytes yet."
    assert found.as_csv() == ""


def test_that_three_sizes_of_one_recipe_are_a_ladder_in_order_of_size() -> None:
    rungs = [model("c", 300, 0.8, "x"), model("a", 100, 0.6, "x"), model("b", 200, 0.7, "x")]
    found = scatter([*rungs, model("d", 1, 0.1, "y"), model("e", 2, 0.2, "y")], "Bytes", "Accuracy", "percent")
    assert found.ladders == ((1, 2, 0),)
    assert found.costs[0] == pytest.approx(math.log10(300))
