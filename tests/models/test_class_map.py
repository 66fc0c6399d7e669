import numpy as np

from kdstudio.models.class_map import NONE, by_answers, by_name


def test_that_names_in_another_order_and_spelling_are_matched():
    found = by_name(("Ankle_boot", "T-shirt/top", "bag"), ("t-shirt/top", "Bag", "ankle boot"))
    assert found is not None
    assert found.columns == (1, 2, 0)
    assert not found.is_plain(3)
    assert not found.lacking


def test_that_a_superset_leaves_outputs_out_and_a_subset_lacks_classes():
    more = by_name(("background", "cat", "dog", "fox"), ("cat", "dog"))
    assert more is not None
    assert more.columns == (1, 2)
    assert "2 more that the model knows (background, fox)" in more.reason
    fewer = by_name(("cat", "dog"), ("cat", "dog", "wolf"))
    assert fewer is not None
    assert fewer.columns == (0, 1, NONE)
    assert fewer.lacking == (2,)


def test_that_foreign_and_ambiguous_names_match_nothing():
    assert by_name(("cat", "dog", "fox"), ("0", "1", "2")) is None
    assert by_name(("cat", "Cat", "dog"), ("cat", "dog")) is None


def test_that_answers_tell_a_permutation_and_an_extra_class():
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 3, 200)
    logits = generator.normal(0, 0.5, (200, 4))
    logits[np.arange(200), np.array([2, 0, 3])[targets]] += 4  # output 1 stands for no class
    found, accuracy = by_answers(logits, targets, 3)
    assert found.columns == (2, 0, 3)
    assert accuracy > 0.95
