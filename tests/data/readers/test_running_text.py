"""Running text for language models: what is taken for it, how it is divided, and what is no such data."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.read import chosen, read
from kdstudio.data.sniff import sniff
from kdstudio.recipe.choices import DataChoice

STORY = "Once upon a time there was a little girl named Lily. She loved to play outside in the warm sun.\n\n"


def write(file: Path, count: int = 150) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(STORY * count, encoding="utf-8")
    return file


def test_that_a_file_is_cut_into_passages_without_classes(tmp_path: Path):
    seen = sniff(write(tmp_path / "stories.txt"))
    assert (seen.role, seen.format) == ("data", "running text")
    dataset = read(tmp_path / "stories.txt")
    assert (dataset.task, dataset.class_names, list(dataset.parts)) == ("next_token", (), ["train"])
    part = dataset.parts["train"]
    assert "".join("".join(part.read(np.arange(len(part)))).split()) == "".join((STORY * 150).split())
    assert not dataset.class_counts().size


def test_that_files_called_after_parts_are_parts_and_others_are_named(tmp_path: Path):
    for name in ("train.txt", "valid.txt", "test.txt", "more.txt"):
        write(tmp_path / "corpus" / name)
    (tmp_path / "corpus" / "LICENSE.txt").write_text(STORY * 200)
    dataset = read(tmp_path / "corpus")
    assert list(dataset.parts) == ["train", "validation", "test"]
    assert [problem.message for problem in dataset.problems] == ["not used: more.txt"]


def test_that_a_folder_with_a_model_is_no_text(tmp_path: Path):
    write(tmp_path / "model" / "notes.txt")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    assert sniff(tmp_path / "model").role != "data"


def test_that_texts_with_labels_can_be_taken_as_running_text_and_pictures_cannot(tmp_path: Path):
    rows = "\n".join(f"{'a good film that one wants to see again'} {i}\t{i % 2}" for i in range(40))
    (tmp_path / "reviews.tsv").write_text(f"text\tlabel\n{rows}\n")
    dataset = chosen(DataChoice(path=str(tmp_path / "reviews.tsv")), "next_token")
    assert (dataset.task, dataset.class_names) == ("next_token", ())
    assert not dataset.parts["train"].targets.any()
    np.savez(tmp_path / "images.npz", x=np.zeros((20, 8, 8), np.uint8), y=np.arange(20) % 2)
    with pytest.raises(DataError, match="no text"):
        chosen(DataChoice(path=str(tmp_path / "images.npz")), "next_token")


def test_that_running_text_can_be_texts_without_labels(tmp_path: Path):
    dataset = chosen(DataChoice(path=str(write(tmp_path / "stories.txt"))), "classification")
    assert dataset.task == "classification"
    assert not dataset.parts["train"].known.any()


@pytest.mark.parametrize(
    "name", ["tinyshakespeare", "wikitext2-small", "tinystories-small", "tinyshakespeare/input.txt"]
)
def test_that_real_corpora_are_read(real_data, name):
    dataset = read(real_data(name))
    part = dataset.parts["train"]
    lengths = [len(text) for text in part.read(np.arange(len(part)))]
    assert dataset.task == "next_token"
    assert max(lengths) <= 1000
    assert len(part) > 500
