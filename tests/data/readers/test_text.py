import contextlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.readers.text import TextReader
from kdstudio.data.sniff import sniff

TEXTS = (
    "a stirring , funny and finally transporting film",
    "apparently reassembled from the cutting room floor",
    "they presume we won't sit still for this lesson",
    "entertaining , with a café and a naïve hero",
    "this is a visually stunning rumination on love",
    "no movement , no yuks , not much of anything",
    "gangs of new york is an unapologetic mess",
    "one of the greatest family films ever made",
)
LABELS = (1, 0, 0, 1, 1, 0, 0, 1)
WORDS = tuple("pos" if label else "neg" for label in LABELS)


def rows(labels=LABELS, separator="\t", *, first=False, header=""):
    body = [separator.join((str(a), t) if first else (t, str(a))) for a, t in zip(labels, TEXTS, strict=True)]
    return "\n".join([*([header] if header else []), *body]) + "\n"


def opened(tmp_path: Path, content: str | bytes, name: str = "texts.dat"):
    """Write a file under a name that tells nothing and read it as `kdstudio` would."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert sniff(path).format == "text"
    return read(path)


def notes(dataset):
    return " ".join(problem.message for problem in dataset.problems)


def texts(dataset, part="train"):
    found = dataset.parts[part]
    return tuple(found.read(np.arange(len(found))))


@pytest.mark.parametrize(
    "content",
    [
        rows(),
        rows(first=True),
        rows(header="sentence\tlabel"),
        rows(first=True, header="Sentiment\tphrase"),
        rows(separator=" ", first=True),
        rows(separator=" "),
        rows(separator=",", first=True),
        rows(separator=";"),
        rows().replace("\n", "\r\n"),
        rows().replace("\n", "\r"),
        rows(header="text\tlabel").encode("utf-8-sig"),
        rows(header="text\tlabel").encode("utf-16"),
        rows().encode("latin-1"),
        rows(labels=[label + 1 for label in LABELS]),
        rows(labels=[2 * label - 1 for label in LABELS], separator=" ", first=True),
        rows(labels=[f"__label__{label}" for label in LABELS], separator=" ", first=True),
        rows(labels=[f"{label}.0" for label in LABELS]),
        "\n".join(
            json.dumps({"id": i, "text": t, "label": a}) for i, (t, a) in enumerate(zip(TEXTS, LABELS, strict=True))
        ),
        json.dumps([{"text": t, "label": a} for t, a in zip(TEXTS, LABELS, strict=True)], indent=1),
        rows(labels=[4 * label for label in LABELS]),
        "\n".join(f'"{t}","{a}"' for t, a in zip(TEXTS, LABELS, strict=True)),
    ],
)
def test_that_texts_and_labels_are_found_however_they_are_written(tmp_path, content):
    dataset = opened(tmp_path, content)
    assert texts(dataset) == TEXTS
    assert tuple(dataset.parts["train"].targets) == LABELS
    assert len(dataset.class_names) == 2
    assert dataset.kind == "text"


@pytest.mark.parametrize("separator", ["\t", ",", " "])
def test_that_labels_in_words_are_the_class_names(tmp_path, separator):
    dataset = opened(tmp_path, rows(WORDS, separator, first=True))
    assert dataset.class_names == ("neg", "pos")
    assert tuple(dataset.parts["train"].targets) == LABELS


def test_that_pandas_and_polars_style_files_are_read(tmp_path):
    pandas = pytest.importorskip("pandas", reason="needs the optional package pandas")
    frame = pandas.DataFrame({"text": TEXTS, "label": WORDS, "length": [len(t) for t in TEXTS]})
    frame.to_csv(tmp_path / "with index.csv")
    frame.to_json(tmp_path / "lines", orient="records", lines=True)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("with index.csv", "lines", "t.parquet"):
        dataset = read(tmp_path / name)
        assert texts(dataset) == TEXTS
        assert tuple(dataset.parts["train"].targets) == LABELS


def test_that_parquet_with_numbered_classes_has_the_names_that_hugging_face_stores(tmp_path):
    features = {"text": {"_type": "Value"}, "label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}
    table = pa.table({"text": list(TEXTS), "label": list(LABELS)})
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    (tmp_path / "set" / "data").mkdir(parents=True)
    pq.write_table(table.slice(0, 5), tmp_path / "set" / "data" / "train-00000-of-00002.parquet")
    pq.write_table(table.slice(5), tmp_path / "set" / "data" / "train-00001-of-00002.parquet")
    pq.write_table(table, tmp_path / "set" / "data" / "test-00000-of-00001.parquet")
    (tmp_path / "set" / "README.md").write_text("# A data set")
    dataset = read(tmp_path / "set")
    assert dataset.class_names == ("negative", "positive")
    assert texts(dataset) == texts(dataset, "test") == TEXTS


def test_that_the_guess_is_told(tmp_path):
    dataset = opened(tmp_path, rows(first=True, header="class\treview").encode("latin-1"))
    told = notes(dataset)
    for fact in ("tabs", "Latin-1", "with a header", "“review”", "“class”"):
        assert fact in told
    assert "lines that end with the label" in notes(opened(tmp_path, rows(separator=" ")))


def test_that_a_person_can_name_the_column_of_the_label(tmp_path):
    lines = [f"{t}\t{a}\t{'xy'[i % 2]}" for i, (t, a) in enumerate(zip(TEXTS, LABELS, strict=True))]
    path = tmp_path / "two.tsv"
    path.write_text("\n".join(["text\tlabel\tdomain", *lines]))
    assert read(path).class_names == ("0", "1")
    assert read(path, "Domain").class_names == ("x", "y")
    path.write_text("\n".join(lines))
    assert read(path, "column 3").class_names == ("x", "y")
    with pytest.raises(DataError) as caught:
        read(path, "colour")
    assert "column 3" in caught.value.hint


def test_that_a_folder_has_its_parts_and_a_test_file_without_labels_is_not_used(tmp_path):
    folder = tmp_path / "CoLA ü"
    folder.mkdir()
    (folder / "train.tsv").write_text(rows(header="sentence\tlabel"))
    (folder / "dev.tsv").write_text(rows(first=True, header="label\tcontent"))
    (folder / "test.tsv").write_text("\n".join(["index\tsentence", *(f"{i}\t{t}" for i, t in enumerate(TEXTS))]))
    (folder / "README.txt").write_text("This folder holds three files of sentences.")
    dataset = read(folder)
    assert list(dataset.parts) == ["train", "validation"]
    assert texts(dataset, "validation") == TEXTS
    assert tuple(dataset.parts["validation"].targets) == LABELS
    assert "test inputs have no labels and are not used" in notes(dataset)


@pytest.mark.parametrize("names", [("a.train", "a.dev"), ("TREC.train.all", "TREC.valid.all"), ("tr.csv", "val.txt")])
def test_that_parts_are_found_by_the_names_that_people_use(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text(rows(separator=" ", first=True))
    assert list(read(tmp_path).parts) == ["train", "validation"]


def test_that_without_a_training_file_the_validation_file_is_trained_on(tmp_path):
    (tmp_path / "alps_dev.tsv").write_text(rows())
    (tmp_path / "alps_test.tsv").write_text(rows())
    dataset = read(tmp_path)
    assert list(dataset.parts) == ["train", "test"]
    assert "alps_dev.tsv (train)" in notes(dataset)


def test_that_text_without_labels_is_a_transfer_set(tmp_path):
    dataset = opened(tmp_path, "\n".join(["id,text", *(f"{i},{t.replace(',', '')}" for i, t in enumerate(TEXTS))]))
    assert dataset.class_names == ()
    assert set(dataset.parts["train"].targets) == {-1}
    assert "teacher's answers" in notes(dataset)


def test_that_empty_texts_and_missing_labels_keep_their_rows(tmp_path):
    content = rows(header="text\tlabel").replace(TEXTS[2], "").replace(f"{TEXTS[4]}\t1", f"{TEXTS[4]}\t")
    dataset = opened(tmp_path, content)
    assert texts(dataset)[2] == ""
    assert tuple(dataset.parts["train"].targets) == (1, 0, 0, 1, -1, 0, 0, 1)
    assert "1 of the train texts is empty" in notes(dataset)
    assert "1 of the train texts have no label" in notes(dataset)


def test_that_nan_in_json_and_parquet_is_nothing(tmp_path):
    values = [{"text": t, "label": float(a)} for t, a in zip(TEXTS, LABELS, strict=True)]
    values[3]["label"] = float("nan")
    values[5]["text"] = None
    dataset = opened(tmp_path, "\n".join(map(json.dumps, values)))
    assert texts(dataset)[5] == ""
    assert dataset.parts["train"].targets[3] == -1
    table = pa.table({"text": [v["text"] for v in values], "label": [v["label"] for v in values]})
    pq.write_table(table, tmp_path / "t")
    assert tuple(read(tmp_path / "t").parts["train"].targets) == tuple(dataset.parts["train"].targets)


def test_that_a_damaged_row_is_left_out_and_told(tmp_path):
    content = "".join(rows().replace("\t", f" {i}\t") + "torn in the middle\n" * (i == 9) for i in range(21))
    dataset = opened(tmp_path, content)
    assert len(dataset.parts["train"]) == 21 * len(TEXTS)
    assert "1 row has too many or too few cells" in notes(dataset)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1] * 8, "only one class"),
        ([f"name{i}" for i in range(8)], "8 different values in 8 rows"),
    ],
)
def test_that_what_is_no_classification_says_why(tmp_path, labels, message):
    path = tmp_path / "x.csv"
    path.write_text(rows(labels, header="text\tlabel"))
    with pytest.raises(DataError, match=message):
        TextReader.read(path)


def test_that_a_column_with_more_values_than_half_the_rows_is_no_label(tmp_path):
    dataset = opened(tmp_path, rows([f"user{i}" for i in range(8)]))
    assert dataset.class_names == ()


OTHERS = {
    "numbers and categories": "39, State-gov, 77516, Bachelors, <=50K\n" * 30
    + "50, Private, 83311, HS-grad, >50K\n" * 9,
    "probabilities": "name,0,1\n" + "".join(f"a picture {i}.png,0.{i:02},0.{99 - i}\n" for i in range(1, 90)),
    "labels of images": "file,label\n" + "".join(f"image {i}.png,{i % 3}\n" for i in range(40)),
    "a table whose rows have names": "Survived,Pclass,Name,Age,Fare\n"
    + "".join(f'{i % 2},{i % 3},"Mr. Owen Harris no {i}",{i % 7},{i % 5}\n' for i in range(60)),
    "prose": "It was the best of times, it was the worst of times.\nIt was the age of wisdom.\n" * 3,
    "verse": "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n\n" * 100,
    "a log": "".join(f'{{"event": "losses", "time": {i}.5, "step": {i}}}\n' for i in range(50)),
    "numbers in lines": "1 2 3 4\n2 3 4 5\n1 3 4 5\n" * 10,
    "nothing": "",
    "one line": "1\ta sentence of some words\n",
    "zeros": "\0" * 1000,
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_that_other_files_are_left_to_others(tmp_path, name):
    path = tmp_path / "texts.csv"
    path.write_text(OTHERS[name])
    assert TextReader.sniff(path) == 0


def test_that_a_line_of_a_hundred_megabytes_neither_hangs_nor_is_taken_for_text(tmp_path):
    path = tmp_path / "long.tsv"
    path.write_bytes(b"word " * 20_000_000)
    assert TextReader.sniff(path) == 0


def test_that_every_cut_of_a_file_is_read_or_refused(tmp_path):
    path = tmp_path / "cut"
    table = pa.table({"text": list(TEXTS), "label": list(LABELS)})
    pq.write_table(table, tmp_path / "whole")
    wholes = [(tmp_path / "whole").read_bytes(), rows().encode("utf-16"), "".join(f'"{t}",1\n' for t in TEXTS).encode()]
    for whole in wholes:
        for end in range(0, len(whole), max(1, len(whole) // 60)):
            path.write_bytes(whole[:end])
            if TextReader.sniff(path):
                with contextlib.suppress(DataError):
                    assert len(TextReader.read(path).parts["train"])


@pytest.mark.parametrize(
    ("name", "counts", "classes"),
    [
        ("sst2", {"train": 6920, "validation": 872, "test": 1821}, 2),
        ("sst2-glue", {"train": 67349, "validation": 872, "test": 1821}, 2),
        ("agnews", {"train": 10001, "test": 7600}, 4),
        ("trec", {"train": 5452, "test": 500}, 6),
        ("movie-reviews", {"train": 10662}, 2),
        ("sms-spam", {"train": 5574}, 2),
        ("trec/TREC.test.all", {"train": 500}, 6),
        ("sst2/dev.tsv", {"train": 872}, 2),
    ],
)
def test_that_real_data_is_read(real_data, name, counts, classes):
    dataset = read(real_data(name))
    assert {part: len(found) for part, found in dataset.parts.items()} == counts
    assert len(dataset.class_names) == classes
    assert all((part.targets >= 0).all() for part in dataset.parts.values())


def test_that_a_real_table_is_no_text(real_data):
    assert TextReader.sniff(real_data("adult")) == 0


PAIRS = tuple((TEXTS[at], TEXTS[(at + at // 2) % 8]) for at in range(8)) * 3
GLUE = {  # the columns of the data sets as GLUE and SNLI ship them, and which are meant
    "RTE": (("index", "sentence1", "sentence2", "label"), ("sentence1", "sentence2", "label")),
    "QNLI": (("index", "question", "sentence", "label"), ("question", "sentence", "label")),
    "QQP": (
        ("id", "qid1", "qid2", "question1", "question2", "is_duplicate"),
        ("question1", "question2", "is_duplicate"),
    ),
    "MRPC": (("Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"), ("#1 String", "#2 String", "Quality")),
    "MNLI": (
        ("index", "genre", "sentence1_parse", "sentence2_parse", "sentence1", "sentence2", "label1", "gold_label"),
        ("sentence1", "sentence2", "gold_label"),
    ),
    "ANLI": (("uid", "premise", "hypothesis", "label"), ("premise", "hypothesis", "label")),
}  # fmt: skip


def paired(columns, wanted, header=True):
    first, second, label = wanted
    lines = ["\t".join(columns)] if header else []
    for at, (a, b) in enumerate(PAIRS):
        cells = {
            first: a,
            second: b,
            label: ("entailment", "not_entailment")[at % 2],
            "genre": ("fiction", "slate")[at % 2],
        }
        cells |= {f"{first}_parse": f"(ROOT (S {a} ) )", f"{second}_parse": f"(ROOT (S {b} ) )", "label1": "neutral"}
        lines.append("\t".join(cells.get(column, str(1000 + at)) for column in columns))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", GLUE)
def test_that_two_texts_that_belong_together_are_joined(tmp_path, name):
    columns, wanted = GLUE[name]
    found = opened(tmp_path, paired(columns, wanted))
    assert texts(found) == tuple(f"{a} [SEP] {b}" for a, b in PAIRS)
    assert found.class_names == ("entailment", "not_entailment")
    assert found.parts["train"].inputs.joined == (f"“{wanted[0]}”", f"“{wanted[1]}”")
    assert f"the text is “{wanted[0]}” and “{wanted[1]}” with [SEP] between them" in notes(found)
    assert "could be the text, too" not in notes(found)


def test_that_a_pair_without_agreed_label_has_none(tmp_path):
    lines = [
        json.dumps({"annotator_labels": [], "gold_label": label, "sentence1": a, "sentence2": b})
        for (a, b), label in zip(PAIRS, ("neutral", "entailment", "contradiction", "-") * 6, strict=True)
    ]
    found = opened(tmp_path, "\n".join(lines))
    assert found.class_names == ("contradiction", "entailment", "neutral")
    assert list(found.parts["train"].targets[:4]) == [2, 1, 0, -1]


def test_that_the_card_says_how_two_texts_are_joined(tmp_path):
    (tmp_path / "dev.tsv").write_text(paired(*GLUE["RTE"]))
    assert inspect(tmp_path / "dev.tsv").input.startswith("pairs of texts (“sentence1” [SEP] “sentence2”), ")
