import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from kdstudio.analysis.embedding import answers as places_of
from kdstudio.analysis.embedding import neighbours, pca, preservation, procrustes, sample


@pytest.fixture
def cloud() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(200, 6)) * [5, 3, 1, 1, 0.5, 0.1]


def test_that_components_are_those_of_scikit_learn(cloud: np.ndarray) -> None:
    expected = PCA(2).fit_transform(cloud)
    np.testing.assert_allclose(np.abs(pca(cloud)), np.abs(expected), atol=1e-9)
    assert np.array_equal(pca(cloud), pca(cloud))


def test_that_one_direction_lies_on_a_line() -> None:
    found = pca(np.arange(5.0)[:, None])
    np.testing.assert_allclose(found, np.column_stack([np.arange(5) - 2.0, np.zeros(5)]) * np.sign(found[-1, 0]))


def test_that_a_turned_mirrored_and_scaled_map_comes_back(cloud: np.ndarray) -> None:
    onto = cloud[:, :2]
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    np.testing.assert_allclose(procrustes(3 * onto @ turn + 7, onto), onto, atol=1e-9)


def test_that_what_remains_is_the_disparity_of_scipy(cloud: np.ndarray) -> None:
    onto, moved = cloud[:, :2], cloud[:, 1:3]
    left = np.square(procrustes(moved, onto) - onto).sum() / np.square(onto - onto.mean(0)).sum()
    assert left == pytest.approx(scipy_procrustes(onto, moved)[2])


def test_that_neighbours_are_those_of_scikit_learn(cloud: np.ndarray) -> None:
    expected = NearestNeighbors(n_neighbors=10).fit(cloud).kneighbors(return_distance=False)
    assert np.array_equal(neighbours(cloud), expected)


def test_that_a_model_preserves_its_own_neighbours_and_strangers_few(cloud: np.ndarray) -> None:
    own = neighbours(cloud)
    assert preservation(own, own) == 1
    strange = neighbours(np.random.default_rng(0).normal(size=(200, 6)))
    assert preservation(own, strange) == pytest.approx(10 / 199, abs=0.03)
    assert preservation(np.array([[1, 2], [0, 2]]), np.array([[1, 3], [0, 2]])) == 0.75
    assert preservation(neighbours(cloud[:1]), neighbours(cloud[:1])) is None


def test_that_a_constant_added_to_logits_moves_nothing(answers) -> None:
    logits = np.array([[1.0, 2, 6], [0, 3, 3]])
    np.testing.assert_allclose(places_of(answers(logits)), places_of(answers(logits + np.array([[5], [-9]]))))


def test_that_a_sample_has_each_class_by_its_share() -> None:
    classes = np.repeat([0, 1, 2], [600, 300, 100])
    found = sample(np.random.default_rng(1).permutation(classes), 100)
    assert len(found) == 100
    assert (np.diff(found) > 0).all()
    drawn = classes[sample(classes, 100)]
    assert np.bincount(drawn).tolist() == pytest.approx([60, 30, 10], abs=1)
    assert sample(classes, 1000).tolist() == list(range(1000))
