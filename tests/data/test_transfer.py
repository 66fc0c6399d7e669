"""A transfer set: more inputs to be taught on, whose labels nobody looks at."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.read import chosen
from kdstudio.data.splits import divide
from kdstudio.recipe.choices import DataChoice


@pytest.fixture
def own(tmp_path, images, labels) -> Path:
    path = tmp_path / "own.npz"
    np.savez(path, images=images, labels=labels)
    return path


def more(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def test_that_its_inputs_come_after_the_training_inputs_and_have_no_label(tmp_path, own, images, labels):
    extra = more(tmp_path / "more.npz", images=images[:7] + 100, labels=labels[:7])
    dataset = chosen(DataChoice(path=str(own), transfer=str(extra)))
    splits = divide(dataset, DataChoice(path=str(own), transfer=str(extra), limit=20, test=0.2, validation=0.2), 0)
    plain = divide(chosen(DataChoice(path=str(own))), DataChoice(path=str(own), limit=20, test=0.2, validation=0.2), 0)
    assert len(splits.train) == 27
    np.testing.assert_array_equal(splits.train.targets, [*plain.train.targets, *[-1] * 7])
    assert splits.labelled.sum() == 20
    assert not splits.labelled[20:].any()
    np.testing.assert_array_equal(splits.validation.index, plain.validation.index)
    assert len(set(splits.train.index.tolist())) == 27
    mixed = np.array([26, 0, 20, 5])
    read = splits.train.read(mixed)
    np.testing.assert_array_equal(read[[1, 3]], plain.train.read(mixed[[1, 3]]))
    np.testing.assert_array_equal(read[[0, 2], 0], images[[6, 0]] + 100)


def test_that_bytes_and_floats_are_brought_to_one_scale(tmp_path, own, images):
    extra = more(tmp_path / "floats.npz", images=(images[:5] / 255).astype(np.float32))
    choice = DataChoice(path=str(own), transfer=str(extra), validation=0.2, test=0.2)
    train = divide(chosen(choice), choice, 0).train
    read = train.read(np.arange(len(train)))
    assert read.dtype == np.float32
    assert read[:, 0, -1, -1] == pytest.approx(1.0)


def test_that_pictures_in_files_take_the_size_of_the_data(tmp_path, own, write_image):
    for i in range(3):
        write_image(tmp_path / "loose" / f"{i}.png", 50 + i, (9, 12))
    dataset = chosen(DataChoice(path=str(own), transfer=str(tmp_path / "loose")))
    assert dataset.transfer is not None
    assert dataset.transfer.parts["train"].read(np.arange(3)).shape == (3, 1, 6, 6)
    assert "3 more inputs are taught on" in dataset.problems[-1].message


def test_that_its_content_is_part_of_the_digest(tmp_path, own, images):
    plain = chosen(DataChoice(path=str(own))).digest()
    first = chosen(DataChoice(path=str(own), transfer=str(more(tmp_path / "a.npz", images=images[:5])))).digest()
    second = chosen(DataChoice(path=str(own), transfer=str(more(tmp_path / "b.npz", images=images[:6])))).digest()
    assert len({plain, first, second}) == 3


def test_that_another_kind_or_size_is_refused_at_its_own_place_in_the_recipe(tmp_path, own):
    wide = more(tmp_path / "wide.npz", images=np.zeros((5, 6, 9), np.uint8))
    with pytest.raises(DataError, match="shape") as told:
        chosen(DataChoice(path=str(own), transfer=str(wide)))
    assert told.value.where == "data.transfer"
    text = tmp_path / "lines.txt"
    text.write_text("".join(f"{'good' if i % 2 else 'bad'}\tthis is line {i}\n" for i in range(20)), encoding="utf-8")
    with pytest.raises(DataError, match="text"):
        chosen(DataChoice(path=str(own), transfer=str(text)))
    with pytest.raises(DataError, match="does not exist") as told:
        chosen(DataChoice(path=str(own), transfer=str(tmp_path / "gone")))
    assert told.value.where == "data.transfer"
