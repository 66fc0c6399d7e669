import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdstudio.analysis.layers import class_likeness, likeness_of_inputs, linear_cka, spread


def unbiased_hsic(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    """Equation 5 of Song et al. (2012), as it stands there."""
    m = len(k)
    k, l, one = k - np.diag(np.diag(k)), l - np.diag(np.diag(l)), np.ones(m)  # noqa: E741
    middle = (one @ k @ one) * (one @ l @ one) / ((m - 1) * (m - 2))
    return float((np.trace(k @ l) + middle - 2 / (m - 2) * (one @ k @ l @ one)) / (m * (m - 3)))


def features(seed: int, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    first = generator.normal(size=(count, 6)) + 3
    return first, first[:, :3] @ generator.normal(size=(3, 9)) + generator.normal(size=(count, 9))


def test_that_cka_is_the_unbiased_estimate_written_out() -> None:
    first, second = features(0)
    k, l = first @ first.T, second @ second.T  # noqa: E741
    expected = unbiased_hsic(k, l) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(l, l))
    assert 0.1 < expected < 0.9
    assert linear_cka(first, second) == pytest.approx(expected, rel=1e-10)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(-10, 10))
def test_that_cka_knows_neither_rotation_nor_scale_nor_shift(seed: int, scale: float, shift: float) -> None:
    first, second = features(seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(9, 9)))[0]
    assert linear_cka(first, first) == pytest.approx(1, abs=1e-12)
    assert linear_cka(first, second @ rotation * scale + shift) == pytest.approx(linear_cka(first, second), abs=1e-8)
    assert linear_cka(first, second) == pytest.approx(linear_cka(second, first), abs=1e-12)
    assert linear_cka(first, second) <= 1 + 1e-12


def test_that_more_numbers_than_inputs_do_not_look_alike_by_chance() -> None:
    generator = np.random.default_rng(3)
    found = [linear_cka(generator.normal(size=(30, 2000)), generator.normal(size=(30, 2000))) for _ in range(5)]
    assert np.abs(found).max() < 0.2  # the biased estimate is above 0.95 here


def test_that_the_order_of_the_inputs_matters() -> None:
    first, second = features(1)
    assert linear_cka(first, second[::-1]) < linear_cka(first, second) - 0.1


def test_that_a_layer_that_never_moves_is_like_nothing() -> None:
    first, _ = features(2)
    assert np.isnan(linear_cka(first, np.full((40, 3), 0.1)))
    with pytest.raises(ValueError, match="too few"):
        likeness_of_inputs(first[:3])


def test_that_classes_are_alike_as_the_cosine_of_their_means_says() -> None:
    values = np.array([[1.0, 0], [3, 0], [0, 2], [0, 4], [-1, -1], [9, 9]])
    found = class_likeness(values, np.array([0, 0, 1, 1, 2, -1]), 4)
    means = np.array([[2.0, 0], [0, 3], [-1, -1]])
    means -= means.mean(axis=0)
    for i in range(3):
        for j in range(3):
            cosine = means[i] @ means[j] / np.linalg.norm(means[i]) / np.linalg.norm(means[j])
            assert found[i, j] == pytest.approx(cosine, abs=1e-12)
    assert np.isnan(found[3]).all()
    assert np.isnan(found[:, 3]).all()


def test_that_classes_are_as_alike_after_a_rotation_or_a_shift() -> None:
    generator = np.random.default_rng(5)
    values, classes = generator.normal(size=(60, 4)), np.arange(60) % 5
    rotation = np.linalg.qr(generator.normal(size=(4, 4)))[0]
    moved = class_likeness(values @ rotation * 3 + 2, classes, 5)
    np.testing.assert_allclose(moved, class_likeness(values, classes, 5), atol=1e-12)


def test_that_layers_are_taken_from_the_whole_depth() -> None:
    names = tuple(map(str, range(40)))
    assert spread(names, 40) == names
    assert spread(names, 4) == ("0", "13", "26", "39")
