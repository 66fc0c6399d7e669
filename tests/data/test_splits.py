"""Dividing: stable, stratified, and validation and test never cut."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.dataset import ArrayInputs, Dataset, Part
from kdstudio.data.splits import divide
from kdstudio.recipe.choices import DataChoice

SIZES = {"a": 600, "b": 300, "c": 95, "d": 4, "e": 1}


def part(count, seed=0):
    order = np.argsort(np.random.PCG64(seed).random_raw(1000), kind="stable")
    targets = np.repeat(np.arange(5), list(SIZES.values()))[order][:count]
    return Part.whole(ArrayInputs(np.zeros((len(targets), 1, 2, 2), np.uint8)), targets)


@pytest.fixture
def shipped():
    return Dataset(
        Path("x"), "npz", tuple(SIZES), {"train": part(1000), "validation": part(90, 1), "test": part(80, 2)}
    )


@pytest.fixture
def whole():
    return Dataset(Path("x"), "npz", tuple(SIZES), {"train": part(1000)})


def choice(**values):
    return DataChoice(path="x", **values)


def counts(part):
    return np.bincount(part.targets[part.targets >= 0], minlength=5).tolist()


def same(a, b):
    return all(np.array_equal(getattr(a, n).index, getattr(b, n).index) for n in ("train", "validation", "test"))


def test_that_shipped_parts_are_used_as_they_are(shipped):
    splits = divide(shipped, choice(limit=50, validation=0.5, test=0.5, omit=["a"]), 3)
    assert splits.validation is shipped.parts["validation"]
    assert splits.test is shipped.parts["test"]


def test_that_parts_are_disjoint_complete_and_share_their_inputs(whole):
    splits = divide(whole, choice(validation=0.2, test=0.25), 0)
    assert [len(p) for p in (splits.train, splits.validation, splits.test)] == [600, 150, 250]
    rows = np.concatenate([splits.train.index, splits.validation.index, splits.test.index])
    assert sorted(rows) == list(range(1000))
    for p in (splits.train, splits.validation, splits.test):
        assert p.inputs is whole.parts["train"].inputs
        np.testing.assert_array_equal(p.targets, whole.parts["train"].targets[p.index])
        assert (np.diff(p.index) > 0).all()


def test_that_automatic_test_is_a_tenth_and_validation_a_share_of_the_rest(whole):
    splits = divide(whole, choice(), 0)
    assert [len(p) for p in (splits.train, splits.validation, splits.test)] == [810, 90, 100]


def test_that_only_the_missing_part_is_taken_out(shipped):
    dataset = Dataset(Path("x"), "npz", tuple(SIZES), {k: v for k, v in shipped.parts.items() if k != "validation"})
    splits = divide(dataset, choice(), 0)
    assert splits.test is shipped.parts["test"]
    assert len(splits.validation) == 100


def test_that_every_class_gives_its_share_and_none_is_lost(whole):
    splits = divide(whole, choice(), 0)
    assert counts(splits.test) == [60, 30, 9, 1, 0]
    assert counts(splits.train)[4] == 1  # the only one of its class stays in training
    assert min(counts(splits.train)) > 0


def test_that_a_seed_gives_the_same_division_and_another_seed_another(whole):
    wanted = choice(limit=200, labelled=0.5)
    first, again, other = divide(whole, wanted, 5), divide(whole, wanted, 5), divide(whole, wanted, 6)
    assert same(first, again)
    np.testing.assert_array_equal(first.labelled, again.labelled)
    assert not same(first, other)


def test_that_the_division_of_a_seed_never_changes(whole):
    splits = divide(whole, choice(limit=200, labelled=20), 7)
    assert splits.test.index[:5].tolist() == FROZEN["test"]
    assert splits.validation.index[:5].tolist() == FROZEN["validation"]
    assert splits.train.index[:5].tolist() == FROZEN["train"]
    assert np.flatnonzero(splits.labelled)[:5].tolist() == FROZEN["labelled"]


def test_that_limit_and_omit_leave_validation_and_test_alone(whole):
    plain, cut = divide(whole, choice(), 1), divide(whole, choice(limit=100, labelled=10, omit=("b",)), 1)
    np.testing.assert_array_equal(plain.validation.index, cut.validation.index)
    np.testing.assert_array_equal(plain.test.index, cut.test.index)
    assert len(cut.train) == 100
    assert counts(cut.train)[1] == 0
    assert counts(cut.validation)[1] > 0


@pytest.mark.parametrize(
    ("limit", "count"), [(100, 100), (0.5, 405), (1.0, 810), (5000, 810), (1, 1), (0.0001, 1), (12.0, 12)]
)
def test_that_limit_is_a_count_or_a_share(whole, limit, count):
    assert len(divide(whole, choice(limit=limit), 0).train) == count


def test_that_a_limit_is_stratified_and_a_smaller_one_lies_within_it(shipped):
    splits = [divide(shipped, choice(limit=n), 0).train for n in (100, 200, 400)]
    assert counts(splits[0]) == [59, 30, 9, 1, 1]
    for small, large in pairwise(splits):
        assert len(set(small.index) - set(large.index)) <= 2  # rounding may exchange one or two


@pytest.mark.parametrize(
    ("labelled", "count"), [(None, 810), (0, 0), (50, 50), (0.1, 81), (1.0, 810), (9999, 810), (0.0, 0)]
)
def test_that_labelled_is_a_count_or_a_share(whole, labelled, count):
    splits = divide(whole, choice(labelled=labelled), 0)
    assert splits.labelled.dtype == bool
    assert len(splits.labelled) == len(splits.train)
    assert splits.labelled.sum() == count


def test_that_labels_are_hidden_in_proportion_and_independent_of_the_limit(shipped):
    splits = divide(shipped, choice(labelled=100), 0)
    assert np.bincount(splits.train.targets[splits.labelled], minlength=5).tolist() == [59, 30, 9, 1, 1]


def test_that_inputs_without_a_label_are_never_labelled(whole):
    targets = whole.parts["train"].targets.copy()
    targets[::2] = -1
    dataset = Dataset(Path("x"), "npz", tuple(SIZES), {"train": Part.whole(whole.parts["train"].inputs, targets)})
    splits = divide(dataset, choice(omit=("a",)), 0)
    np.testing.assert_array_equal(splits.labelled, splits.train.targets >= 0)
    assert divide(dataset, choice(labelled=30), 0).labelled.sum() == 30


@pytest.mark.parametrize(
    ("values", "message", "where"),
    [
        ({"omit": ("f", "a")}, "no class called f", "data.omit"),
        ({"omit": tuple(SIZES)}, "no training inputs remain", "data.omit"),
        ({"validation": 0}, "validation share of 0 leaves no inputs for validation", "data.validation"),
        ({"test": 0.9999}, "leaves no inputs for training", "data.test"),
        ({"limit": 2.5}, "2.5 is neither a count nor a share", "data.limit"),
    ],
)
def test_that_what_cannot_be_divided_is_told(whole, values, message, where):
    with pytest.raises(DataError, match=message) as caught:
        divide(whole, choice(**values), 0)
    assert caught.value.where == where
    assert caught.value.hint


def test_that_an_unknown_class_gives_the_list_of_names(whole):
    with pytest.raises(DataError) as caught:
        divide(whole, choice(omit=("Shrit",)), 0)
    assert "a, b, c, d, e" in caught.value.hint


def test_that_tiny_data_can_be_divided():
    inputs = ArrayInputs(np.zeros((3, 1, 2, 2), np.uint8))
    dataset = Dataset(Path("x"), "npz", ("a", "b"), {"train": Part.whole(inputs, np.array([0, 1, 0]))})
    splits = divide(dataset, choice(), 0)
    assert [len(p) for p in (splits.train, splits.validation, splits.test)] == [1, 1, 1]


FROZEN = {
    "test": [11, 22, 25, 27, 29],
    "validation": [8, 10, 15, 23, 35],
    "train": [2, 14, 17, 24, 31],
    "labelled": [6, 17, 39, 50, 51],
}
