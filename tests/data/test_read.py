"""One door for all formats."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.read import openable, read
from kdstudio.data.readers import READERS


def test_that_every_reader_is_found_and_says_what_it_opens():
    assert {"arrays", "idx", "image_archive", "image_folder"} <= set(READERS)
    for _, reader in READERS.items():
        assert reader.title in openable()


def test_that_the_surest_reader_is_taken(image_folder, images, labels, tmp_path, write_idx):
    assert read(image_folder).format == "image folder"
    np.savez(image_folder / "extra.npz", x=images, y=labels)  # does not turn a folder of images into arrays
    assert read(image_folder).format == "image folder"
    write_idx(tmp_path / "i" / "train-images", images)
    write_idx(tmp_path / "i" / "train-labels", labels)
    np.save(tmp_path / "i" / "notes.npy", labels)
    assert read(tmp_path / "i").format == "IDX"


def test_that_what_is_no_data_is_told_what_it_is(tmp_path, write_image):
    (tmp_path / "t.csv").write_text("a,b\n")
    (tmp_path / "e").mkdir()
    (tmp_path / "nothing").touch()
    cases = {"t.csv": "a text file", "e": "an empty folder", "nothing": "an empty file", "p.png": "a single PNG image"}
    write_image(tmp_path / "p.png")
    for name, what in cases.items():
        with pytest.raises(DataError, match=what) as caught:
            read(tmp_path / name)
        assert "folder of images" in caught.value.hint
        assert caught.value.where == str(tmp_path / name)


def test_that_an_absent_path_is_told(tmp_path):
    with pytest.raises(DataError, match=r"ü.npz does not exist"):
        read(tmp_path / "ü.npz")


def test_that_errors_say_where(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", x=images, y=labels[:3])
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a.npz")
    assert caught.value.where == str(tmp_path / "a.npz")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_that_a_forbidden_file_is_told(tmp_path, images, labels):
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    (tmp_path / "a.npz").chmod(0)
    with pytest.raises(DataError):
        read(tmp_path / "a.npz")


def test_that_reading_imports_neither_torch_nor_pillow_before_an_image_is_met():
    code = (
        "import sys, kdstudio.data.read, kdstudio.data.inspect, kdstudio.data.splits; "
        "from kdstudio.data.readers import READERS; len(READERS); "
        "print([m for m in ('torch', 'PIL', 'PySide6', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
