"""The first names in an archive."""

import zipfile

import numpy as np
import pytest

from kdstudio.data.zip_names import zip_names


@pytest.mark.parametrize("comment", [b"", b"by me" * 100])
def test_that_names_are_those_of_zipfile(tmp_path, comment):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.comment = comment
        for i in range(2500):
            archive.writestr(f"ordner/ü{i}.txt", "x")
        names = archive.namelist()
    assert zip_names(tmp_path / "a.zip") == names[:2000]


def test_that_an_empty_archive_has_no_names(tmp_path):
    zipfile.ZipFile(tmp_path / "a.zip", "w").close()
    assert zip_names(tmp_path / "a.zip") == []


def test_that_what_is_cut_off_has_no_directory(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(50))
    (tmp_path / "b").write_bytes((tmp_path / "a.npz").read_bytes()[:-10])
    assert zip_names(tmp_path / "b") is None
    assert zip_names(tmp_path / "absent") is None
    assert zip_names(tmp_path) is None
