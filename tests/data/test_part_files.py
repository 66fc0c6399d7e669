from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.part_files import find_siblings, parts_by_name
from kdstudio.data.read import read
from kdstudio.data.sniff import sniff

NAMED = [
    (["train.tsv", "test.tsv"], {"train": "train.tsv", "test": "test.tsv"}),
    (["dev.csv", "train.csv"], {"train": "train.csv", "validation": "dev.csv"}),
    (["adult.test", "adult.data"], {"train": "adult.data", "test": "adult.test"}),
    (["emotion_val.csv", "emotion_train.csv", "emotion_test.csv"],
     {"train": "emotion_train.csv", "validation": "emotion_val.csv", "test": "emotion_test.csv"}),
    (["a.csv", "b.csv"], {}),
    (["dev_matched.tsv", "dev_mismatched.tsv", "train.tsv"], {}),
    (["train.csv", "other.csv"], {}),
    (["dev.csv", "test.csv"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("names", "wanted"), NAMED)
def test_that_names_tell_the_parts(tmp_path: Path, names: list[str], wanted: dict[str, str]) -> None:
    found = parts_by_name([tmp_path / name for name in names], "text")
    assert {part: path.name for part, path in found.items()} == wanted


def test_that_readers_that_find_the_other_files_need_one_name(tmp_path: Path) -> None:
    def paths(*names: str) -> list[Path]:
        return [tmp_path / name for name in names]

    assert find_siblings(paths("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), "idx")
    assert find_siblings(paths("x_train.npy", "y_train.npy"), "arrays")
    assert find_siblings(paths("train-00000-of-00002.parquet", "train-00001-of-00002.parquet"), "image columns")
    assert not find_siblings(paths("train.npz", "test.npz"), "arrays")
    assert not find_siblings([tmp_path / "a" / "x.npy", tmp_path / "y.npy"], "arrays")


def table(folder: Path, name: str, rows: int, form: str) -> Path:
    values = {"length": [at * 1.5 for at in range(rows)], "kind": ["ab"[at % 2] for at in range(rows)],
              "target": ["yes" if at % 3 else "no" for at in range(rows)]}  # fmt: skip
    if form == "parquet":
        pq.write_table(pa.table(values), folder / f"{name}.parquet")
        return folder / f"{name}.parquet"
    lines = [",".join(values), *(",".join(map(str, row)) for row in zip(*values.values(), strict=True))]
    (folder / f"{name}.csv").write_text("\n".join(lines))
    return folder / f"{name}.csv"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_that_tables_are_read_in_parts(tmp_path: Path, form: str) -> None:
    train, test = (table(tmp_path / folder, name, rows, form) for folder, name, rows in made(tmp_path))
    assert {sniff(train).format, sniff(test).format} == {"table"}
    found = read(train, parts={"test": str(test)})
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 60, "test": 12}
    assert (found.target, found.columns) == ("target", ("length", "kind", "target"))
    assert found.files == (str(train), str(test))


def made(root: Path) -> tuple[tuple[str, str, int], ...]:
    parts = (("a", "train", 60), ("b", "test", 12))  # they need not lie in one folder
    for folder, _, _ in parts:
        (root / folder).mkdir()
    return parts


def test_that_arrays_are_read_in_parts(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name, count in (("train", 30), ("test", 6)):
        images = draw.integers(0, 255, (count, 6, 6)).astype(np.uint8)
        np.savez(tmp_path / f"{name}.npz", images=images, labels=np.arange(count) % 3)
    found = read(tmp_path / "train.npz", parts={"test": str(tmp_path / "test.npz")})
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 30, "test": 6}


def test_that_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    train = table(tmp_path, "train", 20, "csv")
    with pytest.raises(DataError, match=r"dev\.csv does not exist"):
        read(train, parts={"validation": str(tmp_path / "dev.csv")})


def test_that_a_folder_has_no_parts_beside_it(tmp_path: Path) -> None:
    for folder in ("pos", "neg"):
        (tmp_path / "texts" / folder).mkdir(parents=True)
        for at in range(3):
            (tmp_path / "texts" / folder / f"{at}.txt").write_text(f"words of {folder} {at}")
    with pytest.raises(DataError, match="parts in files of their own are not possible"):
        read(tmp_path / "texts", parts={"test": str(tmp_path / "texts")})
