"""IDX: the four usual files under any usual name, packed or not, and everything that can be wrong with them."""

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.readers.idx import IdxReader

NAMES = {
    "dashes.gz": "{}-images-idx3-ubyte.gz {}-labels-idx1-ubyte.gz",
    "dashes": "{}-images-idx3-ubyte {}-labels-idx1-ubyte",
    "dots": "{}-images.idx3-ubyte {}-labels.idx1-ubyte",
    "prefix": "emnist-letters-{}-images-idx3-ubyte.gz emnist-letters-{}-labels-idx1-ubyte.gz",
    "underscores": "{}_images.bin {}_labels.bin",
}


def write_set(write_idx, folder, images, labels, names=NAMES["dashes"], test="t10k"):
    for split, count in (("train", 40), (test, 8)):
        image_name, label_name = names.format(split, split).split()
        write_idx(folder / image_name, images[:count])
        write_idx(folder / label_name, labels[:count])
    return folder


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_that_the_usual_four_files_are_read(tmp_path, write_idx, images, labels, names, test):
    dataset = IdxReader.read(write_set(write_idx, tmp_path / "a b ü", images, labels, names, test))
    assert list(dataset.parts) == ["train", "test"]
    assert dataset.input_shape == (1, 6, 6)
    assert dataset.class_names == ("0", "1", "2", "3")
    train = dataset.parts["train"]
    np.testing.assert_array_equal(train.read(np.array([3, 1]))[:, 0], images[[3, 1]])
    np.testing.assert_array_equal(train.targets, labels)
    assert len(dataset.parts["test"]) == 8
    assert not dataset.problems


@pytest.mark.parametrize("kind", ["images", "labels"])
def test_that_one_dropped_file_finds_its_siblings(tmp_path, write_idx, images, labels, kind):
    folder = write_set(write_idx, tmp_path, images, labels)
    write_set(write_idx, tmp_path, images[:, :5, :5], labels, NAMES["prefix"])
    dropped = next(folder.glob(f"t10k-{kind}*"))
    assert IdxReader.sniff(dropped) > 0.9
    dataset = IdxReader.read(dropped)
    assert dataset.input_shape == (1, 6, 6)
    assert [len(part) for part in dataset.parts.values()] == [40, 8]


def test_that_a_folder_with_two_sets_asks_for_one_of_them(tmp_path, write_idx, images, labels):
    write_set(write_idx, tmp_path, images, labels, NAMES["prefix"])
    write_set(write_idx, tmp_path, images, labels, NAMES["prefix"].replace("letters", "digits"))
    with pytest.raises(DataError, match="several data sets: emnist digits, emnist letters"):
        IdxReader.read(tmp_path)


def test_that_renamed_files_are_matched_by_their_content(tmp_path, write_idx, images, labels):
    write_idx(tmp_path / "a.bin", labels[:8])
    write_idx(tmp_path / "b.txt", images)
    write_idx(tmp_path / "c", images[:8])
    write_idx(tmp_path / "d.gz", labels)
    for path in (tmp_path, tmp_path / "c", tmp_path / "a.bin"):
        dataset = IdxReader.read(path)
        assert [len(part) for part in dataset.parts.values()] == [40, 8]
        np.testing.assert_array_equal(dataset.parts["train"].targets, labels)


def test_that_a_lone_test_pair_is_the_training_part(tmp_path, write_idx, images, labels):
    write_idx(tmp_path / "t10k-images-idx3-ubyte", images)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", labels)
    assert list(IdxReader.read(tmp_path).parts) == ["train"]


def test_that_an_unpacked_copy_beside_the_packed_file_is_no_second_candidate(tmp_path, write_idx, images, labels):
    folder = write_set(write_idx, tmp_path, images, labels)
    write_set(write_idx, tmp_path, images, labels, NAMES["dashes.gz"])
    for path in (folder, folder / "train-images-idx3-ubyte.gz"):
        assert len(IdxReader.read(path).parts["train"]) == 40


def test_that_big_endian_numbers_and_validation_are_read(tmp_path, write_idx, images, labels):
    for split in ("train", "val"):
        write_idx(tmp_path / f"{split}-images", images / 255, code=13)
        write_idx(tmp_path / f"{split}-labels", labels, code=12)
    dataset = IdxReader.read(tmp_path)
    assert list(dataset.parts) == ["train", "validation"]
    assert dataset.parts["train"].inputs.dtype == np.float32
    np.testing.assert_allclose(dataset.parts["validation"].read(np.arange(40))[:, 0], images / 255, rtol=1e-6)


def test_that_fashion_names_need_a_folder_called_so(tmp_path, write_idx, images, labels):
    fashion = IdxReader.read(write_set(write_idx, tmp_path / "FashionMNIST" / "raw", images, labels))
    assert fashion.class_names[0] == "T-shirt"
    assert len(fashion.class_names) == 10
    digits = IdxReader.read(write_set(write_idx, tmp_path / "fashion" / "mnist", images, labels))
    assert digits.class_names == ("0", "1", "2", "3")


def test_that_a_list_of_names_beside_the_files_is_used(tmp_path, write_idx, images, labels):
    folder = write_set(write_idx, tmp_path, images, labels)
    (folder / "labels.txt").write_text("Äpfel\nBirnen\nKirschen\nPflaumen\n", encoding="utf-8")
    assert IdxReader.read(folder).class_names == ("Äpfel", "Birnen", "Kirschen", "Pflaumen")


def test_that_unequal_lengths_give_both_numbers(tmp_path, write_idx, images, labels):
    write_idx(tmp_path / "train-images", images)
    write_idx(tmp_path / "train-labels", labels[:39])
    with pytest.raises(DataError, match="train-images holds 40 images, but train-labels 39 labels"):
        IdxReader.read(tmp_path)


def test_that_a_cut_off_file_is_named(tmp_path, write_idx, images, labels):
    folder = write_set(write_idx, tmp_path, images, labels)
    file = folder / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte is cut off: .* 1,440 bytes .* 1,433") as caught:
        IdxReader.read(folder)
    assert caught.value.hint
    assert caught.value.where == str(file)


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:60] + b"garbage" + b[67:]], ids=["cut", "changed"])
def test_that_a_broken_gzip_file_is_named(tmp_path, write_idx, images, labels, damage):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, images.shape).astype(np.uint8)
    folder = write_set(write_idx, tmp_path, noise, labels, NAMES["dashes.gz"])
    file = folder / "train-images-idx3-ubyte.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz is cut off or damaged"):
        IdxReader.read(folder)


def test_that_bytes_behind_the_end_are_a_warning(tmp_path, write_idx, images, labels):
    folder = write_set(write_idx, tmp_path, images, labels)
    with open(folder / "train-labels-idx1-ubyte", "ab") as file:
        file.write(b"12345")
    (problem,) = IdxReader.read(folder).problems
    assert problem.severity == "warning"
    assert "5 bytes more" in problem.message


@pytest.mark.parametrize("kind", ["images", "labels"])
def test_that_a_missing_sibling_is_told(tmp_path, write_idx, images, labels, kind):
    folder = write_set(write_idx, tmp_path, images, labels)
    for file in folder.glob(f"*{kind}*"):
        file.unlink()
    with pytest.raises(DataError, match=f"no training {kind}") as caught:
        IdxReader.read(folder)
    assert "train-labels-idx1-ubyte" in caught.value.hint


def test_that_no_images_are_an_error(tmp_path, write_idx, images, labels):
    write_idx(tmp_path / "train-images", images[:0])
    write_idx(tmp_path / "train-labels", labels[:0])
    with pytest.raises(DataError, match="empty"):
        IdxReader.read(tmp_path)


def test_that_other_files_are_not_taken_for_idx(tmp_path):
    for name, content in {
        "a": b"",
        "b": b"\0\0",
        "c": b"\0\0\x08\x03",
        "d": b"hello world",
        "e.gz": b"\x1f\x8b",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert IdxReader.sniff(tmp_path / name) == 0
    (tmp_path / "f.gz").write_bytes(gzip.compress(b"text"))
    assert IdxReader.sniff(tmp_path / "f.gz") == 0
    assert IdxReader.sniff(tmp_path) == 0
    assert IdxReader.sniff(tmp_path / "absent") == 0


def test_that_links_are_followed(tmp_path, write_idx, images, labels):
    folder = write_set(write_idx, tmp_path / "real", images, labels)
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert len(IdxReader.read(link).parts["train"]) == 40


def test_that_full_fashion_mnist_is_read_quickly(real_data):
    path: Path = real_data("fashion-mnist")
    start = time.process_time()
    dataset = IdxReader.read(path)
    assert time.process_time() - start < 3  # 0.5 s on a quiet machine; this only finds what is ten times slower
    assert dataset.class_names[9] == "Boot"
    assert dataset.class_counts().tolist() == [6000] * 10
    assert dataset.input_shape == (1, 28, 28)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 60000, "test": 10000}
    assert abs(dataset.parts["train"].inputs.read(np.arange(60000)).mean() / 255 - 0.2860) < 1e-3


def test_that_mnist_has_digits(real_data):
    dataset = IdxReader.read(real_data("mnist"))
    assert dataset.class_names == tuple("0123456789")
    assert dataset.parts["train"].targets[:5].tolist() == [5, 0, 4, 1, 9]
