"""Tables as people have them: written by hand, by numpy, by scikit-learn, by pandas' conventions and by arrow."""

import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from kdstudio.core.errors import DataError
from kdstudio.data.dataset import Dataset
from kdstudio.data.kinds import TableInputs
from kdstudio.data.read import read
from kdstudio.data.readers.table import TableReader
from kdstudio.data.sniff import sniff


def columns(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    inputs = dataset.parts["train"].inputs
    assert isinstance(inputs, TableInputs)
    return {column.name: column.categories for column in inputs.columns}


def values(dataset: Dataset, name: str, part: str = "train") -> np.ndarray:
    inputs = dataset.parts[part].inputs
    return inputs.read(np.arange(len(inputs)))[:, list(columns(dataset)).index(name)]


def told(dataset: Dataset, *words: str) -> list[str]:
    """Return the severity of each problem whose message has all words."""
    return [problem.severity for problem in dataset.problems if all(word in problem.message for word in words)]


def text(path: Path, *lines: str, times: int = 1) -> Path:
    path.write_text("\n".join([lines[0], *lines[1:] * times]) + "\n", encoding="utf-8")
    return path


PETS = ("size,colour,legs,kind", "1.5,red,4,cat", "2.5,?,4,dog", "NA,blue,4,cat", "0.5,,4,dog", "7,red,4,cat")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return text(tmp_path / "pets.csv", *PETS, times=8)


def test_that_numbers_categories_and_missing_values_are_read(pets: Path) -> None:
    found = read(pets)
    assert (found.kind, found.format, found.class_names) == ("table", "table", ("cat", "dog"))
    assert columns(found) == {"size": (), "colour": ("blue", "red"), "legs": ()}
    assert np.array_equal(values(found, "size")[:5], [1.5, 2.5, np.nan, 0.5, 7], equal_nan=True)
    assert np.array_equal(values(found, "colour")[:5], [1, np.nan, 0, np.nan, 1], equal_nan=True)
    assert found.parts["train"].targets[:5].tolist() == [0, 1, 0, 1, 0]
    assert told(found, "the class of each row is taken from kind") == ["note"]
    assert told(found, "the same value in all training rows", "legs") == ["warning"]


def test_that_another_column_can_be_the_class(pets: Path) -> None:
    found = read(pets, "Colour")
    assert found.class_names == ("blue", "red")
    assert columns(found) == {"size": (), "legs": (), "kind": ("cat", "dog")}
    assert found.parts["train"].targets[:5].tolist() == [1, -1, 0, -1, 1]
    assert told(found, "16 rows have no class") == ["note"]
    with pytest.raises(DataError, match="no column called 'breed'") as error:
        read(pets, "breed")
    assert "size, colour, legs, kind" in error.value.hint


def test_that_only_tables_let_the_class_be_chosen(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 6, 6), np.uint8), labels=np.array([0, 1, 0, 1]))
    with pytest.raises(DataError, match="cannot be chosen"):
        read(tmp_path / "a.npz", "label")


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
def test_that_what_numpy_saves_of_scikit_learns_sets_is_read_exactly(tmp_path: Path, load, delimiter: str) -> None:
    bunch = load()
    np.savetxt(tmp_path / "a.csv", np.column_stack([bunch.data, bunch.target]), delimiter=delimiter)
    found = read(tmp_path / "a.csv")
    assert found.kind == "table"
    assert found.class_names == tuple(str(i) for i in range(len(bunch.target_names)))
    assert np.array_equal(found.parts["train"].targets, bunch.target)
    assert np.array_equal(found.parts["train"].inputs.read(np.arange(len(bunch.data))), bunch.data.astype(np.float32))


def test_that_parquet_gives_the_same_as_csv_and_names_what_it_cannot_use(tmp_path: Path) -> None:
    bunch = load_wine()
    made = {name: pa.array(column) for name, column in zip(bunch.feature_names, bunch.data.T, strict=True)}
    made["grown"] = pa.array(["north", "south", None] * 59 + ["north"]).dictionary_encode()
    made["is_organic"] = pa.array([True, False] * 89)
    made["sold"] = pa.array([date(2024, 1, 1)] * 178)
    made["wine"] = pa.array([bunch.target_names[i] for i in bunch.target])
    parquet.write_table(pa.table(made), tmp_path / "wine.parquet")
    found = read(tmp_path / "wine.parquet")
    assert (found.format, found.class_names) == ("Parquet table", ("class_0", "class_1", "class_2"))
    assert columns(found)["grown"] == ("north", "south")
    assert columns(found)["is_organic"] == ("false", "true")
    assert np.isnan(values(found, "grown")[2])
    assert np.array_equal(values(found, "proline"), bunch.data[:, -1].astype(np.float32))
    assert told(found, "neither numbers nor words: sold") == ["warning"]


def test_that_pandas_index_and_columns_that_name_the_rows_are_left_out(tmp_path: Path) -> None:
    rows = [f"{i},{1000 + 7 * i},P{i * i},{i % 7}.5,{'yes' if i % 3 else 'no'}" for i in range(60)]
    found = read(text(tmp_path / "a.csv", ",customer_id,name,balance,churn", *rows))
    assert columns(found) == {"balance": ()}
    assert told(found, "only count or name the rows", "unnamed 1, customer_id") == ["note"]
    assert told(found, "words of its own", "name (60)") == ["warning"]


def test_that_numbers_are_codes_only_where_their_name_says_so(tmp_path: Path) -> None:
    rows = [f"{i % 4},{i % 5},{i % 2}" for i in range(40)]
    found = read(text(tmp_path / "a.csv", "region_code,children,label", *rows))
    assert columns(found) == {"region_code": ("0", "1", "2", "3"), "children": ()}
    assert told(found, "are codes", "region_code") == ["note"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "adult ü"
    place.mkdir()
    train = [f"{20 + i % 9}, {('Private', 'State-gov', '?')[i % 3]}, {('<=50K', '>50K')[i % 2]}" for i in range(30)]
    (place / "adult.data").write_text("\n".join(train) + "\n\n")
    test = ["|1x3 Cross validator", "25, Private, <=50K.", "38, Never-seen, >50K.", "28, State-gov, >50K."]
    (place / "adult.test").write_text("\n".join(test) + "\n\n")
    (place / "adult.names").write_text("age, workclass, income\n| from the census\n" * 4)
    return place


def test_that_train_and_test_in_a_folder_are_read_with_the_oddities_of_adult(folder: Path) -> None:
    found = read(folder)
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 30, "test": 3}
    assert found.class_names == ("<=50K", ">50K")
    assert found.parts["test"].targets.tolist() == [0, 1, 1]
    assert told(found, "the dot behind the class is taken off") == ["note"]


def test_that_categories_are_counted_on_the_training_part_alone(folder: Path) -> None:
    found = read(folder)
    assert columns(found) == {"column 1": (), "column 2": ("Private", "State-gov")}
    assert np.array_equal(values(found, "column 2", "test"), [0, np.nan, 1], equal_nan=True)
    assert told(found, "no training row has", "column 2 (1)") == ["note"]


def test_that_a_test_table_without_classes_is_not_used(tmp_path: Path) -> None:
    text(tmp_path / "train.csv", "a,b,survived", *(f"{i},{i % 3},{i % 2}" for i in range(0, 60, 2)), "1,1,1", "3,2,1")
    text(tmp_path / "test.csv", "a,b", "1,2", "3,4")
    found = read(tmp_path)
    assert list(found.parts) == ["train"]
    assert any("2 test inputs have no labels and are not used" in problem.message for problem in found.problems)
    text(tmp_path / "test.csv", "x,y", "1,2", "3,4")
    with pytest.raises(DataError, match=r"test\.csv lacks columns that train\.csv has: a, b"):
        read(tmp_path)


def test_that_the_real_adult_is_read(real_data) -> None:
    found = read(real_data("adult"))
    assert {name: len(part) for name, part in found.parts.items()} == {"train": 32561, "test": 16281}
    assert found.class_counts().tolist() == [24720, 7841]
    assert found.class_counts("test").tolist() == [12435, 3846]
    assert [len(categories) for categories in columns(found).values()] == [0, 8, 0, 16, 0, 7, 14, 6, 5, 2, 0, 0, 0, 41]
    assert int(np.isnan(values(found, "column 7")).sum()) == 1843  # `?` in the file


def test_that_damaged_rows_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [f"{i / 7:.2f},{'ab'[i % 2]}" for i in range(60)]
    found = read(text(tmp_path / "a.csv", "x,kind", *rows[:30], "1,2,3,4", "9", *rows[30:]))
    assert len(found.parts["train"]) == 60
    assert told(found, "2 lines", "left out", "1,2,3,4") == ["warning"]


def test_that_quoted_cells_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    rows = ['"a, ""b""",1.5,yes', '"two\nlines",2.5,no', "plain,3.5,yes"]
    found = read(text(tmp_path / "a.csv", "what,x,label", *rows, times=10))
    assert columns(found)["what"] == ('a, "b"', "plain", "two\nlines")
    assert len(found.parts["train"]) == 30


def test_that_columns_of_the_same_name_stay_apart(tmp_path: Path) -> None:
    found = read(
        text(tmp_path / "a.csv", "x,x,y,label", *(f"{i},{-i},{i % 7},{i % 2}" for i in range(1, 80, 2)), "2,3,4,0")
    )
    assert list(columns(found)) == ["x", "x (2)", "y"]
    assert told(found, "more than one column is called x") == ["note"]


def test_that_infinite_and_absent_numbers_and_empty_columns_are_told(tmp_path: Path) -> None:
    rows = [f"{'inf' if i == 3 else i % 5},{'nan' if i % 2 else '1e300'},,{i % 2}" for i in range(40)]
    found = read(text(tmp_path / "a.csv", "a,b,c,label", *rows))
    assert list(columns(found)) == ["a", "b"]
    assert np.isnan(values(found, "a")).sum() == 1
    assert np.isnan(values(found, "b")).all()
    assert told(found, "infinite numbers", "a (1)", "b (20)") == ["warning"]
    assert told(found, "no value is there: c") == ["warning"]


def test_that_decimal_commas_and_latin_1_far_into_a_file_are_read(tmp_path: Path) -> None:
    rows = [f"{i},5;{'ab'[i % 2]};{'ja' if i % 3 else 'nein'}" for i in range(60_000)]
    (tmp_path / "a.csv").write_bytes(("x;art;label\n" + "\n".join(rows) + "\n1,25;Größe;ja\n").encode("latin-1"))
    found = read(tmp_path / "a.csv")
    assert values(found, "x")[-1] == 1.25
    assert columns(found)["art"] == ("a", "b", "Größe")


def test_that_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "x,label", *(f"{i}.5,{'ab'[i % 2]}" for i in range(30)))
    with pytest.raises(DataError, match="no column called"):
        read(path, "price")


def test_that_a_table_without_any_class_says_how_to_name_one(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50, 3))
    np.savetxt(tmp_path / "a.csv", values, delimiter=",", header="length,width,height", comments="")
    with pytest.raises(DataError, match="no column looks like the class") as error:
        TableReader.read(tmp_path / "a.csv")
    assert "data.target" in error.value.hint
    assert "predicted" in error.value.hint


def test_that_one_class_and_no_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"only one class \(a\)"):
        TableReader.read(text(tmp_path / "a.csv", "x,label", "1,a", times=9))
    empty = tmp_path / "b.parquet"
    parquet.write_table(pa.table({"x": pa.array([], pa.float64()), "label": pa.array([], pa.string())}), empty)
    with pytest.raises(DataError, match="no rows"):
        TableReader.read(empty)


def test_that_damaged_parquet_is_told(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": list(range(99)), "label": ["a", "b", "a"] * 33}), tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-40])
    with pytest.raises(DataError, match=r"b\.parquet is damaged"):
        TableReader.read(tmp_path / "b.parquet")
    assert TableReader.sniff(tmp_path / "b.parquet") == 0


def test_that_labels_of_minus_one_are_no_class_unless_there_are_two_signs(tmp_path: Path) -> None:
    open_ = read(text(tmp_path / "a.csv", "x,y,label", *(f"{i}.5,{i % 5},{i % 3 - 1}" for i in range(30))))
    assert open_.class_names == ("0", "1")
    assert (open_.parts["train"].targets == -1).sum() == 10
    signs = read(text(tmp_path / "b.csv", "x,y,label", *(f"{i}.5,{i % 5},{2 * (i % 2) - 1}" for i in range(30))))
    assert signs.class_names == ("-1", "1")
    assert (signs.parts["train"].targets == -1).sum() == 0


def test_that_what_others_read_better_is_left_to_them(tmp_path: Path, write_image) -> None:
    rng = np.random.default_rng(0)
    words = ["good film", "a very bad film indeed", "nice actors in it", "we slept all through this film"]
    prose = text(tmp_path / "text.csv", "label,text", *(f'{i % 2},"{words[i % 4]} {i}"' for i in range(60)))
    shares = rng.dirichlet(np.ones(4), 60)
    np.savetxt(tmp_path / "answers.csv", shares, delimiter=",")
    for i in range(8):
        write_image(tmp_path / f"{i}.png", i)
    files = text(tmp_path / "labels.csv", "file,width,label", *(f"{i}.png,8,{'ab'[i % 2]}" for i in range(8)))
    assert TableReader.sniff(prose) == 0
    assert TableReader.sniff(files) == 0
    assert sniff(tmp_path / "answers.csv").role == "model"
    (tmp_path / "recipe.json").write_text('{"data": {}, "student": {}, "methods": []}')
    assert TableReader.sniff(tmp_path / "recipe.json") == 0


def test_that_a_million_rows_open_in_seconds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 1000, (1_000_000, 3))
    table = pa.table(
        {
            "a": numbers[:, 0] / 8,
            "b": numbers[:, 1],
            "c": np.array(["red", "green", "blue"])[numbers[:, 2] % 3],
            "label": np.array(["yes", "no"])[numbers[:, 0] % 2],
        }
    )
    from pyarrow import csv

    csv.write_csv(table, tmp_path / "a.csv")
    began = time.perf_counter()
    found = TableReader.read(tmp_path / "a.csv")
    assert len(found.parts["train"]) == 1_000_000
    assert time.perf_counter() - began < 20  # about 1 s; slow machines may take long, but not by rows in Python
