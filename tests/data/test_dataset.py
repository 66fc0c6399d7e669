"""Inputs, parts and digests."""

import shutil

import numpy as np
import pytest

from kdstudio.data import dataset as dataset_module
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.read import read


def test_that_whole_numbers_stay_bytes_and_floats_become_float32(images):
    raw = ArrayInputs(images[:, None].astype(np.int64))
    assert raw.dtype == np.uint8
    assert raw.read(np.array([3])).dtype == np.uint8
    scaled = ArrayInputs(images[:, None].astype(np.float64), offset=-255, divisor=510)
    block = scaled.read(np.array([0, 0]))
    assert block.dtype == np.float32
    assert block[0, 0, 0, 0] == pytest.approx(0.5)
    assert block[1, 0, -1, -1] == pytest.approx(1.0)
    assert scaled.shape == (1, 6, 6)
    assert len(scaled) == 40


def test_that_reading_gives_a_copy(images):
    inputs = ArrayInputs(images[:, None])
    inputs.read(np.arange(40))[:] = 9
    assert images[1, 0, 0] == 1


def test_that_positions_are_mapped_to_rows(images, labels):
    part = Part.whole(ArrayInputs(images[:, None]), labels).subset(np.array([30, 10, 20]))
    assert part.index.tolist() == [30, 10, 20]
    assert part.targets.tolist() == [2, 2, 0]
    assert part.read(np.array([1, 2]))[:, 0, 0, 0].tolist() == [10, 20]
    assert part.subset(part.targets == 2).index.tolist() == [30, 10]
    assert len(part) == 3


@pytest.mark.parametrize("limit", [dataset_module.WHOLE_DIGEST_BYTES, 0], ids=["whole", "sampled"])
def test_that_the_digest_follows_the_content_and_not_the_place(image_folder, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(dataset_module, "WHOLE_DIGEST_BYTES", limit)
    first = read(image_folder).digest()
    copy = tmp_path / "copy"
    shutil.copytree(image_folder, copy)
    assert read(copy).digest() == first
    (copy / "cats" / "1.png").write_bytes((copy / "cats" / "2.png").read_bytes())
    changed = read(copy).digest()
    assert changed != first
    (copy / "class 2").rename(copy / "class 3")
    assert read(copy).digest() not in (first, changed)


def test_that_a_dropped_file_and_its_folder_have_one_digest(tmp_path, images, labels):
    np.save(tmp_path / "x.npy", images)
    np.save(tmp_path / "y.npy", labels)
    assert read(tmp_path).digest() == read(tmp_path / "x.npy").digest()


def test_that_a_large_file_is_hashed_like_a_small_one(tmp_path, images, labels, monkeypatch):
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    first = read(tmp_path / "a.npz").digest()
    monkeypatch.setattr(dataset_module, "_AT_ONCE_BYTES", 10)
    assert read(tmp_path / "a.npz").digest() == first
