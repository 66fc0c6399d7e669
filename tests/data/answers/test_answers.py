"""Files of answers as scikit-learn, numpy, pandas' and arrow's users write them."""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from kdstudio.core.errors import DataError
from kdstudio.data.answers.answers import read, title
from kdstudio.data.inspect import inspect_answers
from kdstudio.data.sniff import sniff


@pytest.fixture(scope="module")
def given() -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and logits (200, 10) of a real classifier."""
    bunch = load_digits()
    model = LogisticRegression(max_iter=500).fit(bunch.data / 16, bunch.target)
    return model.predict_proba(bunch.data[:200] / 16), model.decision_function(bunch.data[:200] / 16)


def table(
    path: Path, rows: np.ndarray, header: list[str], keys: list[object] | None = None, delimiter: str = ","
) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        if header:
            writer.writerow(header)
        for i, row in enumerate(rows):
            cells = [f"{value:.7g}" for value in row]
            writer.writerow([*([keys[i]] if keys else []), *cells])
    return path


def stored(save, *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


COUNTED = [str(i) for i in range(10)]


def test_that_every_format_gives_the_same_answers(tmp_path: Path, given) -> None:
    _, logits = given
    np.save(tmp_path / "a.npy", logits.astype(np.float16))
    np.savez(tmp_path / "a.npz", train=logits)
    np.savetxt(tmp_path / "a.txt", logits)
    table(tmp_path / "teacher.csv", logits, [])
    table(tmp_path / "pandas.csv", logits, ["", *COUNTED], list(range(200)))
    table(
        tmp_path / "named.csv", logits, ["file", *(f"class_{i}" for i in range(10))], [f"{i}.png" for i in range(200)]
    )
    table(tmp_path / "semicolon.csv", logits, COUNTED, delimiter=";")
    columns = {f"logit_{i}": logits[:, i] for i in range(10)}
    parquet.write_table(pa.table({"row": np.arange(200), **columns}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"logits": list(logits)}), tmp_path / "lists.parquet")
    files = sorted(tmp_path.iterdir())
    assert len(files) == 9
    for file in files:
        answers = read(file)
        assert answers.kind == "logits", file
        assert title(answers) == "Stored answers · 200 × 10"
        (sheet,) = answers.sheets
        assert np.allclose(answers.logits(sheet, np.arange(200)), logits, atol=0.02), file
        assert answers.class_names == ()


def test_that_a_decimal_comma_is_read(tmp_path: Path, given) -> None:
    probabilities, _ = given
    path = tmp_path / "p.csv"
    lines = [";".join(f"{value:.6f}".replace(".", ",") for value in row) for row in probabilities]
    path.write_text("\n".join([";".join(f"Ziffer {i}" for i in COUNTED), *lines]), encoding="latin-1")
    answers = read(path)
    assert answers.kind == "probabilities"
    assert np.allclose(np.exp(answers.logits(answers.sheets[0], np.arange(200))), probabilities, atol=1e-5)


def test_that_probabilities_are_told_from_logits_and_from_their_logarithms(tmp_path: Path, given) -> None:
    probabilities, logits = given
    cases = {
        "probabilities": probabilities,
        "logits": logits,
        "log-probabilities": np.log(probabilities),
    }
    for kind, values in cases.items():
        np.save(tmp_path / f"{kind}.npy", values.astype(np.float32))
        assert read(tmp_path / f"{kind}.npy").kind == kind
    np.save(tmp_path / "percent.npy", 100 * probabilities)
    percent = read(tmp_path / "percent.npy")
    assert percent.kind == "probabilities"
    assert "percent" in percent.problems[0].message
    np.save(tmp_path / "sigmoid.npy", 1 / (1 + np.exp(-logits)))
    assert read(tmp_path / "sigmoid.npy").problems[0].severity == "warning"


def test_that_a_probability_of_nothing_stays_a_number(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([[1.0, 0.0], [0.25, 0.75]]))
    answers = read(tmp_path / "p.npy")
    assert np.allclose(answers.logits(answers.sheets[0], np.array([0, 1])), np.log([[1, 1e-7], [0.25, 0.75]]))
    assert "exactly 0" in answers.problems[0].message


def test_that_labels_beside_the_answers_are_not_taken_for_a_class(tmp_path: Path, given) -> None:
    probabilities, _ = given
    path = tmp_path / "p.csv"
    rows = np.concatenate([np.arange(200)[:, None] % 10, probabilities], axis=1)
    table(path, rows, ["label", *(f"p_{word}" for word in "abcdefghij")])
    answers = read(path)
    assert answers.classes == 10
    assert answers.class_names == tuple(f"p_{word}" for word in "abcdefghij")
    assert "label" in answers.problems[0].message


def test_that_a_column_of_parts_makes_parts(tmp_path: Path, given) -> None:
    probabilities, _ = given
    values = {str(i): probabilities[:, i] for i in range(10)}
    parts = ["train"] * 150 + ["test"] * 50
    parquet.write_table(pa.table({"split": parts, **values}), tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet").counts == {"test": 50, "train": 150}


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: path.write_bytes(b""), "no table"),
        (lambda path: path.write_text("hello\nworld\n"), "no table"),
        (lambda path: path.write_text("0.5,0.5\n0.5\n"), "no table"),
        (lambda path: path.write_text("a,b\nx,y\nz,u\n"), "no answers"),
        (lambda path: path.write_bytes(b"PAR1 and then nothing"), "damaged"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'"), "damaged"),
        (lambda path: path.write_bytes(stored(np.save, np.zeros((3, 4), dtype=np.uint8))), "not answers"),
        (lambda path: path.write_bytes(stored(np.save, np.full((3, 4), np.nan))), "none of its rows"),
        (lambda path: path.write_bytes(stored(np.savez, a=np.zeros((3, 4)), b=np.zeros((3, 4)))), "two arrays"),
        (lambda path: path.write_bytes(stored(np.savez, x=np.zeros((3, 4, 5)))), "no answers"),
        (
            lambda path: path.write_bytes(stored(np.savez, train=np.zeros((3, 4)), test=np.zeros((3, 5)))),
            "different numbers",
        ),
    ],
)
def test_that_a_spoiled_file_is_told_with_its_name_and_a_hint(tmp_path: Path, write, words: str) -> None:
    path = tmp_path / "answers.bin"
    write(path)
    with pytest.raises(DataError, match=words) as caught:
        read(path)
    assert caught.value.where == str(path)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["p.npy", "z.npy", "p.npz", "p.csv", "z.csv", "p.parquet", "teacher_logits.csv"])
def test_that_a_dropped_file_of_answers_is_seen_as_a_teacher(tmp_path: Path, given, name: str) -> None:
    probabilities, logits = given
    path, values = tmp_path / name, probabilities if name.startswith("p") else logits
    if name.endswith("npy"):
        np.save(path, values)
    elif name.endswith("npz"):
        np.savez(path, train=values, test=values[:20])
    elif name.endswith("parquet"):
        parquet.write_table(pa.table({f"c{i}": values[:, i] for i in range(10)}), path)
    else:
        table(path, values, [*"abcdefghij"] if "logits" in name else COUNTED)
    sighting = sniff(path)
    assert (sighting.role, sighting.format) == ("model", "answers")
    item = inspect_answers(path)
    assert item.title.startswith("Stored answers · 200")
    assert (item.classes, item.counts["train"], item.parameters) == (10, 200, None)


def test_that_data_is_not_taken_for_answers(tmp_path: Path) -> None:
    bunch = load_digits()
    numbers = np.random.default_rng(0).normal(size=(200, 4))
    np.save(tmp_path / "x_train.npy", numbers)
    np.save(tmp_path / "y_train.npy", np.eye(10)[bunch.target])
    np.savez(tmp_path / "digits.npz", images=bunch.images, labels=bunch.target)
    np.savez(tmp_path / "rows.npz", x=numbers, y=np.arange(200) % 3)
    table(tmp_path / "measurements.csv", np.c_[numbers, np.arange(200) % 3], ["length", "width", "a", "b", "species"])
    table(tmp_path / "onehot.csv", np.eye(10)[bunch.target], COUNTED)
    (tmp_path / "words.csv").write_text("text,label\nhello there,1\nso long,0\n")
    for file in tmp_path.iterdir():
        assert sniff(file).format != "answers", file
