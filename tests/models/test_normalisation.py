from kdstudio.models.normalisation import Trial, ranked


def test_that_clear_accuracy_decides():
    assert ranked({"a": Trial(0.5, 0.1), "b": Trial(0.9, 2.0)}, 100) == ["b", "a"]


def test_that_surprise_decides_where_accuracy_cannot():
    assert ranked({"a": Trial(1.0, 0.3), "b": Trial(0.995, 0.2), "c": Trial(0.5, 0.1)}, 200) == ["b", "a", "c"]
