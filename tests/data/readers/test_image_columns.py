"""Parquet and Arrow files of images, written by pyarrow as Hugging Face datasets lays them out."""

import io
import json
import time

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import ipc, parquet

from kdstudio.core.errors import DataError
from kdstudio.data import column_files
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.readers.image_columns import ImageColumnsReader
from kdstudio.data.sniff import sniff
from tests.data.damage import bits_flipped, cut_off

FEATURES = {
    "image": {"_type": "Image"},
    "label": {"names": ["cat", "dog", "emu"], "_type": "ClassLabel"},
}


def png(value, size=(8, 6)):
    buffer = io.BytesIO()
    Image.new("L", size, value).save(buffer, "PNG")
    return buffer.getvalue()


def table(start, count, features=FEATURES, image="image", **columns):
    images = [{"bytes": png(start + i), "path": f"{start + i}.png"} for i in range(count)]
    columns = columns or {"label": [(start + i) % 3 for i in range(count)]}
    made = pyarrow.table({image: images, **columns})
    info = json.dumps({"info": {"features": features}}) if features else "{}"
    return made.replace_schema_metadata({"huggingface": info})


def write(path, *arguments, group=7, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table(*arguments, **columns), path, row_group_size=group)
    return path


def firsts(part, rows):
    return part.read(np.array(rows))[:, 0, 0, 0].tolist()


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "data" / "train-00000-of-00002.parquet", 0, 30)
    write(tmp_path / "data" / "train-00001-of-00002.parquet", 30, 20)
    write(tmp_path / "data" / "test-00000-of-00001.parquet", 100, 10)
    (tmp_path / "README.md").write_text("---\n---")
    return tmp_path


def test_that_a_folder_of_shards_is_read(folder):
    for path in (folder, folder / "data", folder / "data" / "train-00001-of-00002.parquet"):
        assert sniff(path).role == "data"
        dataset = read(path)
        assert dataset.format == "parquet images"
        assert dataset.class_names == ("cat", "dog", "emu")
        assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 50, "test": 10}
        assert dataset.input_shape == (1, 6, 8)
        assert dataset.parts["train"].targets.tolist() == [i % 3 for i in range(50)]
        assert firsts(dataset.parts["train"], [49, 0, 31, 29, 30, 7, 6]) == [49, 0, 31, 29, 30, 7, 6]
        assert firsts(dataset.parts["test"], [9, 0]) == [109, 100]
        assert not dataset.problems
    assert len(read(folder).digest()) == 64


def test_that_the_card_describes_it(folder):
    item = inspect(folder)
    assert item.title == "50 + 10 images · 8 × 6 grey · 3 classes"
    assert item.bytes == sum(file.stat().st_size for file in (folder / "data").iterdir())


@pytest.mark.parametrize("layout", ["default/{}/0000.parquet", "plain_text/{}-00000-of-00001.parquet", "{}.parquet"])
def test_that_parts_are_told_by_files_and_folders(tmp_path, layout):
    for split, count in (("train", 9), ("validation", 6), ("test", 3)):
        write(tmp_path / layout.format(split), 0, count)
    assert {name: len(part) for name, part in read(tmp_path).parts.items()} == {"train": 9, "validation": 6, "test": 3}


def test_that_several_configurations_are_told(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / name / "train" / "0000.parquet", 0, 6)
    with pytest.raises(DataError, match="several configurations: a, b"):
        read(tmp_path)
    assert len(read(tmp_path / "b").parts["train"]) == 6


@pytest.mark.parametrize("is_stream", [True, False])
def test_that_a_folder_saved_to_disk_is_read(tmp_path, is_stream):
    for split, start, count in (("train", 0, 30), ("test", 50, 10)):
        place = tmp_path / split
        place.mkdir()
        made = table(start, count, features=None)
        new = ipc.new_stream if is_stream else ipc.new_file
        with new(place / "data-00000-of-00001.arrow", made.schema) as writer:
            writer.write_table(made, max_chunksize=7)
        (place / "dataset_info.json").write_text(json.dumps({"features": FEATURES}))
        (place / "state.json").write_text("{}")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    dataset = read(tmp_path)
    assert dataset.format == "Arrow images"
    assert dataset.class_names == ("cat", "dog", "emu")
    assert firsts(dataset.parts["train"], [29, 7, 0]) == [29, 7, 0]
    assert firsts(dataset.parts["test"], [9]) == [59]


def test_that_plain_binary_and_labels_in_words_are_read(tmp_path):
    words = ["b", "a", None, "b"]
    made = pyarrow.table({"id": [1, 2, 3, 4], "picture": [png(i) for i in range(4)], "species": words})
    parquet.write_table(made, tmp_path / "x.bin")
    dataset = read(tmp_path / "x.bin")
    assert dataset.class_names == ("a", "b")
    assert dataset.parts["train"].targets.tolist() == [1, 0, -1, 1]
    assert [problem.message for problem in dataset.problems] == ["labels are taken from the column species"]


def test_that_fine_labels_count_and_the_others_are_told(tmp_path):
    features = {"img": {"_type": "Image"}}
    features |= {name: {"_type": "ClassLabel", "names": list("abcd")} for name in ("coarse_label", "fine_label")}
    path = tmp_path / "a.parquet"
    write(path, 0, 8, features=features, image="img", coarse_label=[0] * 8, fine_label=[i % 4 for i in range(8)])
    dataset = read(path)
    assert dataset.parts["train"].targets.tolist() == [0, 1, 2, 3] * 2
    (note,) = dataset.problems
    assert "fine_label" in note.message
    assert "coarse_label" in note.hint


def test_that_images_without_labels_are_a_transfer_set(tmp_path):
    path = write(tmp_path / "a.parquet", 0, 8, features=None, url=["x"] * 4 + ["y"] * 4, width=[1] * 8)
    dataset = read(path)
    assert dataset.class_names == ()
    assert dataset.parts["train"].targets.tolist() == [-1] * 8


def test_that_tables_without_images_are_not_claimed(tmp_path):
    parquet.write_table(pyarrow.table({"text": ["a", "b"], "label": [0, 1]}), tmp_path / "t.parquet")
    audio = pyarrow.table({"audio": [{"bytes": b"RIFF....WAVE", "path": "a.wav"}], "label": [0]})
    parquet.write_table(audio, tmp_path / "a.parquet")
    for name in ("t.parquet", "a.parquet", ""):
        assert ImageColumnsReader.sniff(tmp_path / name) == 0


def test_that_missing_shards_and_stray_files_are_told(folder):
    (folder / "data" / "train-00001-of-00002.parquet").unlink()
    write(folder / "data" / "extra.parquet", 0, 3)
    messages = " | ".join(problem.message for problem in read(folder).problems)
    assert "1 of the 2 files of train are missing" in messages
    assert "extra.parquet" in messages


def test_that_a_damaged_image_names_its_row(folder):
    made = table(0, 9)
    values = made.column("image").to_pylist()
    values[8]["bytes"] = b"nothing"
    made = made.set_column(0, "image", pyarrow.array(values))
    parquet.write_table(made, folder / "data" / "test-00000-of-00001.parquet", row_group_size=4)
    with pytest.raises(DataError, match="is damaged") as caught:
        read(folder).parts["test"].read(np.arange(9))
    assert caught.value.where.startswith("row 8 of ")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_that_every_cut_is_told(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        write(path, 0, 20)
    else:
        with ipc.new_file(path, table(0, 20).schema) as writer:
            writer.write_table(table(0, 20), max_chunksize=7)
    for _ in cut_off(path, 50):
        assert inspect(path).problems


def test_that_flipped_bits_are_told_or_survived(tmp_path):
    path = write(tmp_path / "a.parquet", 0, 20)
    for _ in bits_flipped(path, times=80, bits=3):
        item = inspect(path)
        assert item.problems or item.counts


def test_that_few_blocks_are_held(folder, monkeypatch):
    monkeypatch.setattr(column_files, "_HELD_BYTES", 1)
    train = read(folder).parts["train"]
    order = np.random.default_rng(0).permutation(50)
    assert firsts(train, order) == order.tolist()
    assert len(train.inputs.blocks._held) == 1


@pytest.mark.slow
def test_that_a_million_images_open_in_two_seconds(tmp_path):
    images = pyarrow.array([{"bytes": png(i % 256, (16, 16)), "path": "x.png"} for i in range(1000)])
    for shard in range(10):
        columns = {"image": pyarrow.chunked_array([images] * 100), "label": np.arange(100_000) % 3}
        made = pyarrow.table(columns).replace_schema_metadata(table(0, 1).schema.metadata)
        parquet.write_table(made, tmp_path / f"train-{shard:05}-of-00010.parquet", row_group_size=100)
    read(tmp_path)
    start = time.process_time()
    dataset = read(tmp_path)
    assert time.process_time() - start < 2
    assert len(dataset.parts["train"]) == 1_000_000
    assert firsts(dataset.parts["train"], [999_999, 123_456]) == [231, 200]


def test_that_the_class_is_taken_from_the_column_that_is_named(tmp_path):
    encoded = io.BytesIO()
    Image.new("RGB", (4, 4), (9, 9, 9)).save(encoded, "PNG")
    columns = {
        "image": [{"bytes": encoded.getvalue(), "path": None}] * 12,
        "label": [at % 2 for at in range(12)],
        "maker": [("abc")[at % 3] for at in range(12)],
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "photos.parquet")
    found = read(tmp_path / "photos.parquet")
    assert (found.target, found.columns) == ("label", ("label", "maker"))
    named = read(tmp_path / "photos.parquet", "maker")
    assert (named.target, named.class_names) == ("maker", ("a", "b", "c"))
    with pytest.raises(DataError, match="no column called 'age'"):
        read(tmp_path / "photos.parquet", "age")
