import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.core.events import Progress
from kdstudio.core.listening import heard_by
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.sniff import sniff

WORDS = {"pos": "a wonderful film about a lighthouse", "neg": "a dull film that never ends"}


def write(root: Path, folders: tuple[str, ...], count: int = 4) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
        for at in range(count):
            words = WORDS.get(folder.rpartition("/")[2], "some film")
            (root / folder / f"{at}_{at + 3}.txt").write_text(f"{words}, number {at}", encoding="utf-8")
    return root


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """The layout of aclImdb, with its README, vocabulary, lists and `unsup`."""
    root = write(tmp_path / "aclImdb", ("train/pos", "train/neg", "train/unsup", "test/pos", "test/neg"))
    (root / "README").write_text("Large Movie Review Dataset\n\nThis dataset contains movie reviews.\n" * 30)
    (root / "imdb.vocab").write_text("the\nand\na\nof\n")
    (root / "imdbEr.txt").write_text("0.0490972013402\n0.201363575849\n" * 50)
    (root / "train" / "urls_pos.txt").write_text("http://www.imdb.com/title/tt0453418/usercomments\n" * 20)
    (root / "train" / "labeledBow.feat").write_text("9 0:9 1:1 2:4\n")
    return root


def test_that_folders_of_texts_are_classes_and_their_parts_are_kept(reviews: Path) -> None:
    assert sniff(reviews).role == "data"
    found = read(reviews)
    assert (found.kind, found.format, found.class_names) == ("text", "text folder", ("neg", "pos"))
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 8, "test": 8}
    train = found.parts["train"]
    assert all(
        ("wonderful" in text) == bool(y) for text, y in zip(train.read(np.arange(8)), train.targets, strict=True)
    )


def test_that_texts_without_labels_and_loose_files_are_left_out_with_a_note(reviews: Path) -> None:
    said = {problem.message: problem.severity for problem in read(reviews).problems}
    assert said["4 texts in unsup have no labels and are not used"] == "note"
    assert any("imdbEr.txt" in message and "urls_pos.txt" in message for message in said)
    assert set(said.values()) == {"note"}


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_that_archives_hold_the_same(reviews: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"reviews.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(reviews.rglob("*")):
                archive.write(file, f"aclImdb/{file.relative_to(reviews)}")
    else:
        with tarfile.open(path, "w:gz" if form.endswith("gz") else "w") as archive:
            archive.add(reviews, "aclImdb")
    assert sniff(path).role == "data"
    packed, plain = read(path), read(reviews)
    assert packed.class_names == plain.class_names
    for name, part in plain.parts.items():
        assert list(packed.parts[name].read(np.arange(8))) == list(part.read(np.arange(8)))
        np.testing.assert_array_equal(packed.parts[name].targets, part.targets)


def test_that_one_folder_a_class_needs_no_parts(tmp_path: Path) -> None:
    root = write(tmp_path / "bbc", ("business", "sport", "tech"))
    (root / "README.TXT").write_text("Two articles of each topic.")
    found = read(root)
    assert found.class_names == ("business", "sport", "tech")
    assert list(found.parts) == ["train"]
    assert list(found.class_counts()) == [4, 4, 4]


def test_that_files_may_be_called_by_numbers_and_parts_by_longer_names(tmp_path: Path) -> None:
    for part in ("20news-bydate-train", "20news-bydate-test"):
        for topic in ("alt.atheism", "sci.space"):
            (tmp_path / "20news" / part / topic).mkdir(parents=True)
            for at in range(3):
                content = f"From: someone\nSubject: {topic} {at}\n\nCaf\xe9 {part}".encode("latin-1")
                (tmp_path / "20news" / part / topic / str(49960 + at)).write_bytes(content)
    found = read(tmp_path / "20news")
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 6, "test": 6}
    assert found.class_names == ("alt.atheism", "sci.space")
    assert "Café 20news-bydate-test" in found.parts["test"].read(np.array([0]))[0]


def test_that_a_file_that_is_no_text_is_left_out_by_name(tmp_path: Path) -> None:
    root = write(tmp_path / "texts", ("pos", "neg"))
    (root / "pos" / "broken.txt").write_bytes(b"\x00\x01\x02" * 50)
    found = read(root)
    assert len(found.parts["train"]) == 8
    assert any("pos/broken.txt" in problem.message for problem in found.problems)


def test_that_one_class_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "texts", ("train/pos", "train/unsup"))
    with pytest.raises(DataError, match="only one class"):
        read(tmp_path / "texts")


def test_that_copies_are_told_by_the_names_of_their_files(tmp_path: Path) -> None:
    root = write(tmp_path / "texts", ("pos", "neg"))
    (root / "neg" / "9_9.txt").write_text((root / "pos" / "0_3.txt").read_text())
    assert any("pos/0_3.txt" in problem.message for problem in inspect(root).problems)


def test_that_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    heard: list[Progress] = []
    with heard_by(heard.append):
        read(write(tmp_path / "texts", ("pos", "neg")))
    assert ("Reading texts", 8) in {(one.doing, one.total) for one in heard}
