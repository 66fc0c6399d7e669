"""Numpy arrays: names and shapes that people use, and what can be wrong with them."""

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data import array_files
from kdstudio.data.readers.arrays import ArraysReader


def npz(path, **arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


NAMES = [
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "Y_train", "X_test", "Y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("trainX", "trainY", "testX", "testY"),
    ("xtrain", "ytrain", "xtest", "ytest"),
    ("images", "labels", "test_images", "test_labels"),
    ("training_data", "training_targets", "t10k_data", "t10k_targets"),
]


@pytest.mark.parametrize("names", NAMES, ids=[names[0] for names in NAMES])
def test_that_parts_are_found_by_name(tmp_path, images, labels, names):
    values = (images, labels, images[:8], labels[:8])
    dataset = ArraysReader.read(npz(tmp_path / "a.npz", **dict(zip(names, values, strict=True))))
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 40, "test": 8}
    np.testing.assert_array_equal(dataset.parts["train"].read(np.array([7]))[0, 0], images[7])
    np.testing.assert_array_equal(dataset.parts["test"].targets, labels[:8])


@pytest.mark.parametrize("names", [("images", "labels"), ("data", "targets"), ("X", "y"), ("x", "class"), ("a", "b")])
def test_that_one_pair_is_the_training_part(tmp_path, images, labels, names):
    dataset = ArraysReader.read(npz(tmp_path / "a.npz", **dict(zip(names, (images, labels), strict=True))))
    assert list(dataset.parts) == ["train"]
    assert dataset.format == "npz"


def test_that_arrays_without_names_are_told_by_shape(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", labels, images)
    assert len(ArraysReader.read(tmp_path / "a.npz").parts["train"]) == 40


def test_that_medmnist_names_give_three_parts(tmp_path, images, labels):
    column = labels[:, None]
    arrays = {f"{s}_{k}": v for s in ("train", "val", "test") for k, v in (("images", images), ("labels", column))}
    assert list(ArraysReader.read(npz(tmp_path / "a.npz", **arrays)).parts) == ["train", "validation", "test"]


@pytest.mark.parametrize("dropped", ["x.npy", "y.npy", "."])
def test_that_npy_files_find_each_other(tmp_path, images, labels, dropped):
    np.save(tmp_path / "x.npy", images)
    np.save(tmp_path / "y.npy", labels)
    assert ArraysReader.sniff(tmp_path / dropped) > 0.7
    dataset = ArraysReader.read(tmp_path / dropped)
    assert dataset.format == "npy"
    assert len(dataset.parts["train"]) == 40
    assert [file.rpartition("/")[2] for file in dataset.files] == ["x.npy", "y.npy"]


def test_that_a_dropped_npy_file_takes_only_its_family(tmp_path, images, labels):
    for name, size in (("mnist", 40), ("digits", 20)):
        np.save(tmp_path / f"{name}_x_train.npy", images[:size])
        np.save(tmp_path / f"{name}_y_train.npy", labels[:size])
    assert len(ArraysReader.read(tmp_path / "digits_y_train.npy").parts["train"]) == 20
    with pytest.raises(DataError, match="several arrays could be the train images: digits_x_train, mnist_x_train"):
        ArraysReader.read(tmp_path)


def test_that_a_folder_of_npz_files_named_after_parts_is_one_data_set(tmp_path, images, labels):
    npz(tmp_path / "train.npz", x=images, y=labels)
    npz(tmp_path / "test.npz", x=images[:9], y=labels[:9])
    dataset = ArraysReader.read(tmp_path)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 40, "test": 9}


def test_that_names_lie_inside_the_file(tmp_path, images, labels):
    dataset = ArraysReader.read(npz(tmp_path / "a.npz", x=images, y=labels, classes=np.array(["a", "b", "c", "d"])))
    assert dataset.class_names == ("a", "b", "c", "d")
    dataset = ArraysReader.read(
        npz(tmp_path / "b.npz", x=images, y=labels, label_names=np.array([b"e", b"f", b"g", b"h"]))
    )
    assert dataset.class_names == ("e", "f", "g", "h")


def test_that_words_are_classes(tmp_path, images, labels):
    words = np.array(["dog 10", "cat", "dog 9", "eel"])[labels]
    dataset = ArraysReader.read(npz(tmp_path / "a.npz", x=images, y=words))
    assert dataset.class_names == ("cat", "dog 9", "dog 10", "eel")
    assert dataset.parts["train"].targets[:4].tolist() == [2, 0, 1, 3]


def test_that_fashion_names_follow_the_file_name(tmp_path, images, labels):
    assert ArraysReader.read(npz(tmp_path / "fashion_mnist.npz", x=images, y=labels)).class_names[1] == "Trouser"
    one_hot = np.eye(10)[labels]
    assert ArraysReader.read(npz(tmp_path / "fashion_mnist.npz", x=images, y=one_hot)).class_names[1] == "Trouser"


def test_that_fine_labels_come_before_coarse_ones(tmp_path, images, labels):
    path = npz(tmp_path / "a.npz", data=images, coarse_labels=labels // 2, fine_labels=labels)
    assert len(ArraysReader.read(path).class_names) == 4


def test_that_unequal_lengths_give_both_numbers(tmp_path, images, labels):
    with pytest.raises(DataError, match="x has 40 images, but y 39 labels"):
        ArraysReader.read(npz(tmp_path / "a.npz", x=images, y=labels[:39]))


def test_that_objects_are_never_opened(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", x=images, y=labels.astype(object), allow_pickle=True)
    with pytest.raises(DataError, match=r"y.npy holds Python objects, which are not opened"):
        ArraysReader.read(tmp_path / "a.npz")
    np.save(tmp_path / "x.npy", images.astype(object), allow_pickle=True)
    np.save(tmp_path / "y.npy", labels)
    with pytest.raises(DataError, match=r"x.npy holds Python objects"):
        ArraysReader.read(tmp_path / "x.npy")


def test_that_objects_nobody_needs_do_no_harm(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", x=images, y=labels, note=np.array([{"by": "me"}], dtype=object), allow_pickle=True)
    assert len(ArraysReader.read(tmp_path / "a.npz").parts["train"]) == 40


def test_that_not_a_number_is_counted_and_placed(tmp_path, images, labels):
    values = images / 255
    values[17, 2, 2:5] = np.nan
    values[30, 0, 0] = np.inf
    with pytest.raises(DataError, match="4 values of the train images are NaN or infinite, the first in image 17"):
        ArraysReader.read(npz(tmp_path / "a.npz", x=values, y=labels))


@pytest.mark.parametrize("cut", [30, 400])
@pytest.mark.parametrize("name", ["a.npz", "x.npy"])
def test_that_cut_off_files_are_named(tmp_path, images, labels, cut, name):
    npz(tmp_path / "a.npz", x=images, y=labels)
    if name == "x.npy":
        (tmp_path / "a.npz").unlink()
        np.save(tmp_path / "x.npy", images)
        np.save(tmp_path / "y.npy", labels)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-cut])
    assert ArraysReader.sniff(tmp_path / name) > 0.5
    with pytest.raises(DataError, match=f"{name} is cut off or damaged") as caught:
        ArraysReader.read(tmp_path / name)
    assert caught.value.hint


def test_that_missing_labels_are_told_with_what_is_there(tmp_path, images, labels):
    with pytest.raises(DataError, match=r"no labels .*: x \(40 × 6 × 6\), other \(3\)") as caught:
        ArraysReader.read(npz(tmp_path / "a.npz", x=images, other=labels[:3], more=labels[:5]))
    assert "y_train" in caught.value.hint
    with pytest.raises(DataError, match=r"no images found among the arrays: y \(40\)"):
        ArraysReader.read(npz(tmp_path / "b.npz", y=labels))
    with pytest.raises(DataError, match="no labels"):
        ArraysReader.read(npz(tmp_path / "c.npz", x_train=images, y_test=labels, y_val=labels))


def test_that_images_alone_are_a_transfer_set(tmp_path, images):
    for names in ({"x": images}, {"thing": images}, {"x_train": images, "x_test": images[:8]}):
        dataset = ArraysReader.read(npz(tmp_path / "a.npz", **names))
        assert dataset.class_names == ()
        assert dataset.parts["train"].targets.tolist() == [-1] * 40
        assert "no labels" in dataset.problems[0].message
        assert len(dataset.parts) == len(names)


def test_that_empty_arrays_and_one_class_are_errors(tmp_path, images, labels):
    with pytest.raises(DataError, match="empty"):
        ArraysReader.read(npz(tmp_path / "a.npz", x=images[:0], y=labels[:0]))
    with pytest.raises(DataError, match=r"only one class \(0\)"):
        ArraysReader.read(npz(tmp_path / "b.npz", x=images, y=labels * 0))


def test_that_a_large_file_is_mapped_and_not_read(tmp_path, images, labels, monkeypatch):
    monkeypatch.setattr(array_files, "MAPPED_BYTES", 100)
    np.save(tmp_path / "x.npy", np.stack([images] * 3, axis=-1))
    np.save(tmp_path / "y.npy", labels)
    inputs = ArraysReader.read(tmp_path).parts["train"].inputs
    assert isinstance(inputs.array, np.memmap)
    assert inputs.shape == (3, 6, 6)
    block = inputs.read(np.array([5]))
    assert not isinstance(block, np.memmap)
    np.testing.assert_array_equal(block[0, 1], images[5])


def test_that_real_cifar_images_are_read(real_data):
    dataset = ArraysReader.read(real_data("cifar10-lossless4000"))
    assert dataset.input_shape == (3, 32, 32)
    assert dataset.class_names[3] == "cat"
    assert not dataset.problems
