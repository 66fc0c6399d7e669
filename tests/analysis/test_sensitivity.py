"""What is said of layers that were pruned alone."""

from dataclasses import replace

import numpy as np

from kdstudio.analysis.sensitivity import SHARES, Sensitivity, rows, sentence

NAN = float("nan")


def found() -> Sensitivity:
    scores = np.array([[0.9, 0.8, 0.5, 0.3, 0.1], [0.9, 0.9, 0.9, 0.895, 0.4], [0.9, 0.9, 0.7, 0.6, 0.1]])
    return Sensitivity(
        unit="channels",
        task="classification",
        layers=("conv1", "conv2", "fc1"),
        sizes=(8, 16, 32),
        tied=((), ("shortcut",), ()),
        shares=SHARES,
        scores=scores,
        agreements=scores - 0.05,
        whole=0.9,
        whole_agreement=0.85,
        inputs=100,
        of=300,
    )


def test_that_the_sentence_names_who_loses_most_who_least_and_who_has_room() -> None:
    assert sentence(found(), "scores") == (
        "conv1 is needed most: without 50% of its channels, accuracy is 50.0% instead of 90.0%. "
        "conv2 is needed least: 90.0%. conv2 can lose 70% for less than 1% of the accuracy."
    )
    assert "agreement is 45.0% instead of 85.0%" in sentence(found(), "agreements")
    poor = replace(found(), scores=found().scores - 0.2)
    assert sentence(poor, "scores").endswith("No layer can lose 10% for less than 1% of the accuracy.")


def test_that_several_layers_with_room_are_counted() -> None:
    every = replace(found(), scores=np.full((3, 5), 0.9))
    assert sentence(every, "scores").endswith(
        "conv1, conv2 and 1 more can lose 90% for less than 1% of the accuracy, each alone."
    )
    one = replace(every, layers=("conv1",), sizes=(8,), tied=((),), scores=every.scores[:1])
    assert sentence(one, "scores").startswith(
        "Without 50% of the channels of conv1, accuracy is 90.0% instead of 90.0%."
    )


def test_that_the_table_has_a_line_for_each_layer() -> None:
    lines = rows(found(), "scores")
    assert lines[1] == ("conv2 (+ 1 tied)", ("90.0%", "90.0%", "90.0%", "89.5%", "40.0%"))
    assert found().taken(0, 0) == 0  # a tenth of 8 is none
    assert found().taken(2, 2) == 16


def test_that_what_is_not_known_is_not_offered() -> None:
    alone = replace(found(), agreements=np.full((3, 5), NAN), whole_agreement=NAN)
    assert alone.kinds == ("scores",)
    assert alone.words("agreements", NAN) == "–"
    assert found().kinds == ("scores", "agreements")
    assert sentence(alone, "agreements") == "There is nothing that could be measured."
