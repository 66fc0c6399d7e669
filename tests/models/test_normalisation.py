from kdstudio.models.normalisation import Trial, ranked, spread


def test_that_clear_accuracy_decides():
    assert ranked({"a": Trial(0.5, 0.1), "b": Trial(0.9, 2.0)}, 100) == ["b", "a"]


def test_that_surprise_decides_where_accuracy_cannot():
    assert ranked({"a": Trial(1.0, 0.3), "b": Trial(0.995, 0.2), "c": Trial(0.5, 0.1)}, 200) == ["b", "a", "c"]


def test_that_positions_are_spread_from_end_to_end():
    assert spread(10, 4).tolist() == [0, 3, 6, 9]
    assert spread(3, 10).tolist() == [0, 1, 2]
