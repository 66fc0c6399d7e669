"""Tables that name the class of each file."""

import pytest

from kdstudio.data.label_table import find

FILES = ["set/img_1.jpg", "set/img_2.jpg", "set/img_3.jpg", "set/img_4.jpg"]
WANTED = {"set/img_1.jpg": "b", "set/img_2.jpg": "a", "set/img_3.jpg": "b", "set/img_4.jpg": "a"}


def of(text, files=FILES, **more):
    content = text if isinstance(text, bytes) else text.encode()
    return find([("t.csv", lambda: content)], files, **more)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("form", ["set/img_{}.jpg", "img_{}.jpg", "img_{}", "./set/img_{}.jpg", "set\\img_{}.jpg"])
@pytest.mark.parametrize("has_header", [True, False])
def test_that_files_are_found_however_they_are_called(separator, form, has_header):
    rows = [[form.format(i), label] for i, label in ((1, "b"), (2, "a"), (3, "b"), (4, "a"))]
    rows = [["file", "label"], *rows] if has_header else rows
    table = of("\r\n".join(separator.join(row) for row in rows))
    assert table.labels == WANTED
    assert table.label_column == ("label" if has_header else "column 2")


def test_that_latin_1_is_read():
    table = of("file,art\nimg_1.jpg,Käse\nimg_2.jpg,Öl\nimg_3.jpg,Käse\nimg_4.jpg,Öl\n".encode("latin-1"))
    assert set(table.labels.values()) == {"Käse", "Öl"}


def test_that_a_column_called_label_comes_first_and_others_are_named():
    text = "id,sex,age,dx\nimg_1,m,3,b\nimg_2,f,4,a\nimg_3,m,5,b\nimg_4,f,9,a\n"
    table = of(text)
    assert (table.file_column, table.label_column, table.others) == ("id", "dx", ("sex",))
    assert table.labels == WANTED
    assert of(text, wanted="sex").labels["set/img_1.jpg"] == "m"


def test_that_fractions_and_unique_values_are_no_labels():
    assert of("file,x,hash\nimg_1.jpg,0.25,p\nimg_2.jpg,0.5,q\nimg_3.jpg,0.25,r\nimg_4.jpg,0.5,s\n") is None


@pytest.mark.parametrize(
    "text", ["", "one column\nimg_1.jpg\n", "a,b\n1,2\n3,4\n", "x" * 200_000, b"\0\1\2", '"' + "a," * 100_000]
)
def test_that_other_files_are_no_tables(text):
    assert of(text) is None


def test_that_names_that_several_files_have_are_not_used():
    files = ["a/1.png", "b/1.png", "a/2.png", "b/2.png"]
    assert of("file,label\n1.png,x\n2.png,y\n1.png,x\n2.png,y\n", files) is None
    table = of("file,label\na/1.png,x\nb/1.png,y\na/2.png,x\nb/2.png,y\n", files)
    assert table.labels == {"a/1.png": "x", "b/1.png": "y", "a/2.png": "x", "b/2.png": "y"}


def test_that_tables_of_several_parts_are_joined():
    tables = {
        "train.csv": "file,label\nimg_1.jpg,b\nimg_2.jpg,a\n",
        "test.csv": "file,label\nimg_3.jpg,b\nimg_4.jpg,a\ngone.jpg,a\n",
    }
    table = find([(name, lambda text=text: text.encode()) for name, text in tables.items()], FILES)
    assert table.labels == WANTED
    assert table.missing == ("gone.jpg",)
    assert table.name == "train.csv, test.csv"
