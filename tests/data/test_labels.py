"""Labels in every form in which people store them."""

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.labels import empty_classes, encode, listed, natural_key
from kdstudio.data.read import read


def one(column, names=()):
    labels = encode({"train": np.asarray(column)}, names)
    return labels.targets["train"].tolist(), labels.class_names


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64, np.float32, np.float64])
def test_that_numbers_are_classes(kind):
    assert one(np.array([0, 2, 1], dtype=kind)) == ([0, 2, 1], ("0", "1", "2"))


@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32])
def test_that_one_hot_rows_tell_the_number_of_classes(kind):
    assert one(np.eye(4, dtype=kind)[[1, 0, 1]]) == ([1, 0, 1], ("0", "1", "2", "3"))


def test_that_other_forms_of_two_classes_are_read():
    assert one([True, False]) == ([1, 0], ("0", "1"))
    assert one([-1, 1, -1]) == ([0, 1, 0], ("-1", "1"))
    assert one([-1, 1, -1], ("no", "yes")) == ([0, 1, 0], ("no", "yes"))
    assert one([[0], [1]]) == ([0, 1], ("0", "1"))


def test_that_words_are_sorted_naturally_over_all_parts():
    labels = encode({"train": np.array(["b10", "b9"]), "test": np.array([b"a", b"b9"])})
    assert labels.class_names == ("a", "b9", "b10")
    assert labels.targets["train"].tolist() == [2, 1]
    assert labels.targets["test"].tolist() == [0, 1]


def test_that_labels_counted_from_one_are_shifted_with_a_note():
    labels = encode({"train": np.array([1, 2, 3]), "test": np.array([3])})
    assert labels.targets["test"].tolist() == [2]
    assert labels.class_names == ("1", "2", "3")
    assert labels.problems[0].severity == "note"
    assert one([1, 2, 3], ("a", "b", "c")) == ([0, 1, 2], ("a", "b", "c"))
    assert one([1, 2, 3], ("none", "a", "b", "c"))[0] == [1, 2, 3]


def test_that_identifiers_become_class_numbers():
    assert one([90210, 10115, -1]) == ([1, 0, -1], ("10115", "90210"))


def test_that_minus_one_is_an_image_without_label():
    assert one([0, -1, 1]) == ([0, -1, 1], ("0", "1"))


def test_that_names_are_used_where_there_are_enough():
    assert one([0, 1], ("a", "b", "c"))[1] == ("a", "b", "c")
    labels = encode({"train": np.array([0, 3])}, ("a", "b"))
    assert labels.class_names == ("0", "1", "2", "3")
    assert "2 class names are given, but the labels need 4" in labels.problems[0].message


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([0, np.nan, np.inf], "2 of the train labels are NaN or infinite, the first at row 1"),
        ([0, -3, 1], "negative labels, down to -3"),
        ([[0.3, 0.7], [0.5, 0.5]], r"\(2 × 2\) are not one class per image"),
        (np.zeros((2, 2, 2)), "not one class per image"),
        ([["a", "b"]], "not one class per image"),
        (np.array([None, 1]), "Python objects"),
        ([1j, 2j], "complex"),
        ([5, 5], r"only one class \(5\)"),
        (["a", "a"], r"only one class \(a\)"),
        ([-1, -1], "no labels"),
        ([], "no labels"),
    ],
)
def test_that_what_is_no_classification_is_refused(column, message):
    with pytest.raises(DataError, match=message):
        one(column)


def test_that_words_and_numbers_do_not_mix():
    with pytest.raises(DataError, match="words and others in numbers"):
        encode({"train": np.array(["a", "b"]), "test": np.array([0, 1])})


def test_that_classes_without_inputs_are_named():
    (problem,) = empty_classes(np.array([0, 3, 0]), ("a", "b", "c"))
    assert problem.message == "no training inputs of a, c"
    assert not empty_classes(np.array([1, 1]), ("a", "b"))


def test_that_long_lists_are_cut_with_a_count():
    assert listed([str(i) for i in range(7)], most=2) == "0, 1 and 5 more"
    assert sorted(["b2", "B10", "a", "b1"], key=natural_key) == ["a", "b1", "b2", "B10"]


def test_that_class_names_without_any_label_make_a_data_set_to_distil_on(tmp_path) -> None:
    path = tmp_path / "names.npz"
    images = np.arange(20 * 64, dtype=np.uint8).reshape(20, 8, 8)
    np.savez(path, images=images, labels=np.full(20, -1), class_names=np.array(["a", "b", "c"]))
    dataset = read(path)
    assert dataset.class_names == ("a", "b", "c")
    assert set(dataset.parts["train"].targets) == {-1}
