"""What the names of arrays mean."""

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.array_files import columns, is_npz, meaning


@pytest.mark.parametrize(
    ("key", "role", "split", "family"),
    [
        ("x_train", "images", "train", ()),
        ("XTrain", "images", "train", ()),
        ("trainX", "images", "train", ()),
        ("xtest", "images", "test", ()),
        ("testlabels", "labels", "test", ()),
        ("y_val", "labels", "validation", ()),
        ("t10k-images", "images", "test", ()),
        ("mnist_y_te", "labels", "test", ("mnist",)),
        ("class_names", "names", "", ()),
        ("fine_labels", "labels", "", ()),
        ("arr_0", "", "", ("arr", "0")),
        ("logits", "", "", ("logits",)),
    ],
)
def test_that_names_are_understood(key, role, split, family):
    found = meaning(key)
    assert (found.role, found.split, found.family) == (role, split, family)


def test_that_arrays_are_described_without_reading_them(tmp_path, images, labels):
    np.savez(tmp_path / "a", x=images, y=labels)
    (tmp_path / "a.npz").rename(tmp_path / "a.bin")
    x, y = columns(tmp_path / "a.bin")
    assert (x.key, x.shape, x.dtype) == ("x", (40, 6, 6), np.uint8)
    np.testing.assert_array_equal(y.load(), labels)
    assert is_npz(tmp_path / "a.bin")


def test_that_headers_of_both_versions_are_read(tmp_path, images):
    for version in ((1, 0), (2, 0)):
        with open(tmp_path / "x.npy", "wb") as file:
            np.lib.format.write_array(file, images, version=version)
        assert columns(tmp_path / "x.npy")[0].shape == (40, 6, 6)


def test_that_a_nonsense_header_is_damage(tmp_path):
    for rest in (b"\x01\x00\x10\x00{'descr': ((((( ", b"\x03\x00\x00\x00\x00\x00", b"\x09\x09", b""):
        (tmp_path / "x.npy").write_bytes(b"\x93NUMPY" + rest)
        with pytest.raises(DataError, match=r"x.npy is cut off or damaged"):
            columns(tmp_path / "x.npy")
