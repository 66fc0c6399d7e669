"""Several labels and numbers to predict, as people have them in files of each kind."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from sklearn.datasets import load_diabetes, make_multilabel_classification

from kdstudio.core.errors import DataError
from kdstudio.core.targets import groups, is_known
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.data.tasks import as_task
from kdstudio.recipe.choices import DataChoice

REVIEWS = [
    "the plot was thin but the songs were lovely",
    "a dark and slow story about two brothers",
    "we laughed from the first scene to the last one",
    "the chase through the harbour is worth the ticket",
    "a love story with far too many explosions in it",
    "nothing happens for an hour and then it ends",
]
GENRES = [["music", "drama"], ["drama"], ["comedy"], ["action"], ["action", "love"], []]


def csv(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def diabetes(path: Path) -> Path:
    bunch = load_diabetes()
    header = ",".join([*bunch.feature_names, "target"])
    np.savetxt(path, np.column_stack([bunch.data, bunch.target]), delimiter=",", header=header, comments="")
    return path


@pytest.mark.parametrize("target", ["auto", "target"])
def test_that_a_column_of_many_numbers_is_predicted(tmp_path, target):
    dataset = read(diabetes(tmp_path / "a.csv"), target)
    assert (dataset.task, dataset.class_names) == ("regression", ("target",))
    np.testing.assert_array_equal(dataset.parts["train"].targets[:, 0], load_diabetes().target.astype(np.float32))
    assert "target" not in [column.name for column in dataset.parts["train"].inputs.columns]
    assert inspect(tmp_path / "a.csv", target).title.endswith("a number (target)")


def test_that_several_columns_that_a_person_names_are_predicted_together(tmp_path):
    dataset = read(diabetes(tmp_path / "a.csv"), "target, bmi")
    assert dataset.class_names == ("target", "bmi")
    assert dataset.parts["train"].targets.shape == (442, 2)
    assert dataset.parts["train"].inputs.shape == (9,)


def test_that_columns_of_0_and_1_called_like_labels_are_labels_at_once(tmp_path):
    inputs, labels = make_multilabel_classification(60, 4, n_classes=3, random_state=0)
    rows = [",".join(map(str, [*x, *y])) for x, y in zip(inputs, labels, strict=True)]
    dataset = read(csv(tmp_path / "a.csv", "a,b,c,d,label_red,label_green,label_blue", rows))
    assert (dataset.task, dataset.class_names) == ("multi_label", ("label_red", "label_green", "label_blue"))
    np.testing.assert_array_equal(dataset.parts["train"].targets, labels)
    np.testing.assert_array_equal(dataset.class_counts(), labels.sum(axis=0))


def test_that_a_cell_can_list_labels(tmp_path):
    rows = [f"{i}.5,{('red', 'blue', 'red|blue')[i % 3]}" for i in range(30)]
    dataset = read(csv(tmp_path / "a.csv", "x,label", rows))
    assert (dataset.task, dataset.class_names) == ("multi_label", ("blue", "red"))
    np.testing.assert_array_equal(dataset.parts["train"].targets[:3], [[0, 1], [1, 0], [1, 1]])


def test_that_words_with_a_bar_in_them_are_not_taken_for_lists(tmp_path):
    rows = [f"{i}.5,{('a|b', 'c')[i % 2]}" for i in range(30)]
    assert read(csv(tmp_path / "a.csv", "x,label", rows)).class_names == ("a|b", "c")


@pytest.mark.parametrize("form", ["bars", "json", "columns", "parquet"])
def test_that_texts_may_have_several_labels(tmp_path, form):
    texts, genres = [f"{text}, part {i}" for i in range(8) for text in REVIEWS], GENRES * 8
    names = sorted({name for row in genres for name in row})
    if form == "bars":
        path = csv(tmp_path / "a.csv", "text\tgenres", [])
        kept = [(t, g) for t, g in zip(texts, genres, strict=True) if g]
        path = csv(tmp_path / "a.tsv", "text\tlabels", [f"{t}\t{'|'.join(g)}" for t, g in kept])
        genres = [g for _, g in kept]
    elif form == "json":
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(json.dumps({"text": t, "labels": g}) for t, g in zip(texts, genres, strict=True)))
    elif form == "columns":
        rows = [f'{i},"{t}",' + ",".join(str(int(n in g)) for n in names)
                for i, (t, g) in enumerate(zip(texts, genres, strict=True))]  # fmt: skip
        path = csv(tmp_path / "a.csv", "id,text," + ",".join(names), rows)
    else:
        path = tmp_path / "a.parquet"
        codes = [[names.index(name) for name in row] for row in genres]
        feature = {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": names}}
        told = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "labels": feature}}}
        table = pa.table({"text": texts, "labels": pa.array(codes, pa.list_(pa.int64()))})
        parquet.write_table(table.replace_schema_metadata({"huggingface": json.dumps(told)}), path)
    dataset = read(path)
    assert (dataset.task, dataset.class_names) == ("multi_label", tuple(names))
    expected = np.array([[name in row for name in names] for row in genres], dtype=np.float32)
    np.testing.assert_array_equal(dataset.parts["train"].targets, expected)


def test_that_a_text_may_have_a_number(tmp_path):
    rows = [f"{text}, part {i}\t{0.5 * (i % 9)}" for i, text in enumerate(REVIEWS * 6)]
    dataset = read(csv(tmp_path / "a.tsv", "text\tscore", rows))
    assert dataset.task == "regression"
    np.testing.assert_array_equal(dataset.parts["train"].targets[:4, 0], [0, 0.5, 1, 1.5])


@pytest.mark.parametrize(
    ("header", "cells", "task", "first"),
    [
        ("file,labels", ["sun|sea", "sun", "sea", "snow"], "multi_label", [1, 0, 1]),
        ("file,sea,snow,sun", ["1,0,1", "0,0,1", "1,0,0", "0,1,0"], "multi_label", [1, 0, 1]),
        ("file,age", ["31.5", "4.25", "67", "18.75"], "regression", [31.5]),
    ],
)
def test_that_a_table_beside_images_may_give_labels_or_a_number(tmp_path, header, cells, task, first):
    for i in range(12):
        Image.fromarray(np.full((8, 8), 20 * i, np.uint8)).save(tmp_path / f"img_{i:02}.png")
    csv(tmp_path / "train.csv", header, [f"img_{i:02}.png,{cells[i % 4]}" for i in range(12)])
    dataset = read(tmp_path)
    assert dataset.task == task
    np.testing.assert_array_equal(dataset.parts["train"].targets[0], first)


@pytest.mark.parametrize(
    ("stored", "task", "width"),
    [
        (np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1]] * 5), "multi_label", 3),
        (np.linspace(0, 3, 15), "regression", 1),
        (np.random.default_rng(0).normal(size=(15, 2)), "regression", 2),
        (np.eye(3)[[0, 1, 2] * 5], "classification", None),
        (np.array([0, 1, 2] * 5), "classification", None),
    ],
)
def test_that_arrays_say_by_their_values_what_they_are(tmp_path, stored, task, width):
    images = np.random.default_rng(0).integers(0, 255, (15, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=stored)
    dataset = read(tmp_path / "a.npz")
    assert dataset.task == task
    assert dataset.parts["train"].targets.shape == ((15,) if width is None else (15, width))


def test_that_rows_without_a_number_are_transfer_inputs(tmp_path):
    rows = [f"{i}.5,{'' if i % 3 == 0 else i * 1.25}" for i in range(60)]
    part = read(csv(tmp_path / "a.csv", "x,price", rows), "price").parts["train"]
    assert is_known(part.targets).sum() == 40
    splits = divide(read(tmp_path / "a.csv", "price"), DataChoice(path="x"), 0)
    assert splits.labelled.sum() == is_known(splits.train.targets).sum()


def test_that_division_keeps_the_shares_of_label_sets_and_of_a_number(tmp_path):
    rows = [f"{i}.5,{('red', 'blue', 'red|blue', 'red')[i % 4]}" for i in range(400)]
    several = divide(read(csv(tmp_path / "a.csv", "x,label", rows)), DataChoice(path="x"), 0)
    _, counts = np.unique(groups(several.test.targets), return_counts=True)
    assert sorted(counts.tolist()) == [10, 10, 20]
    number = divide(read(diabetes(tmp_path / "b.csv")), DataChoice(path="x"), 0)
    assert abs(number.test.targets.mean() - number.train.targets.mean()) < 12


def test_that_stars_can_be_taken_as_a_number_and_back(tmp_path):
    dataset = read(csv(tmp_path / "a.csv", "x,stars", [f"{i}.5,{1 + i % 5}" for i in range(50)]), "stars")
    assert dataset.task == "classification"
    number = as_task(dataset, "regression")
    assert not any("no training inputs" in problem.message for problem in number.problems)
    assert number.class_names == ("stars",)
    np.testing.assert_array_equal(number.parts["train"].targets[:5, 0], [1, 2, 3, 4, 5])
    back = as_task(number, "classification")
    assert back.class_names == dataset.class_names
    np.testing.assert_array_equal(back.parts["train"].targets, dataset.parts["train"].targets)


def test_that_a_task_that_there_is_not_is_told_with_those_that_there_are(tmp_path):
    told = inspect(diabetes(tmp_path / "a.csv"), task="blue").problems[0]
    assert told.message == "there is no task called 'blue'"
    assert told.hint == "Use one of: classification, multi_label, regression, next_token."


def test_that_what_cannot_be_taken_otherwise_says_why(tmp_path):
    words = read(csv(tmp_path / "a.csv", "x,label", [f"{i}.5,{'ab'[i % 2]}" for i in range(30)]))
    with pytest.raises(DataError, match="one class for each input and cannot be taken as numbers") as error:
        as_task(words, "regression")
    assert "words" in error.value.hint
    with pytest.raises(DataError, match="numbers to predict and cannot be taken as one class"):
        as_task(read(diabetes(tmp_path / "b.csv"), "bmi"), "classification")
