"""Class names: lists beside the data, and the few that everybody knows."""

import pytest

from kdstudio.data.class_names import class_names


def test_that_a_list_beside_file_or_folder_is_found(tmp_path):
    (tmp_path / "classes.txt").write_bytes("\ufeffÄ\n\nB \n".encode())
    assert class_names(tmp_path, 1) == ("Ä", "B")
    (tmp_path / "x.npz").touch()
    assert class_names(tmp_path / "x.npz", 1) == ("Ä", "B")


@pytest.mark.parametrize("content", [b"0\n1\n2\n", b"cat\ncat\n", b"", b"\xff\xfe\x00\xd8"])
def test_that_a_list_of_labels_is_no_list_of_names(tmp_path, content):
    (tmp_path / "labels.txt").write_bytes(content)
    assert class_names(tmp_path, 1) == ()


def test_that_an_enormous_list_is_not_read(tmp_path):
    (tmp_path / "labels.txt").write_bytes(b"a\n" * 600_000)
    assert class_names(tmp_path, 1) == ()


@pytest.mark.parametrize(
    ("place", "first"),
    [
        ("fashion-mnist", "T-shirt"),
        ("FashionMNIST/raw", "T-shirt"),
        ("cifar10-lossless", "airplane"),
        ("CIFAR-10", "airplane"),
        ("cifar100", None),
        ("mnist", None),
        ("fashion/mnist", None),
        ("things", None),
    ],
)
def test_that_known_names_need_a_known_place(tmp_path, place, first):
    folder = tmp_path / place
    folder.mkdir(parents=True)
    names = class_names(folder, 9)
    assert (names[0] if names else None) == first
    assert class_names(folder, 10) == ()
