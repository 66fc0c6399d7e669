"""How text files of cells are written, told from their content."""

from pathlib import Path

import pytest

from kdstudio.data.delimited import Layout, layout

BODY = [["5.1", "red", "a"], ["4.9", "blue", "b"], ["?", "red", "a"], ["6.0", "green", "b"]]


def written(path: Path, delimiter: str, header: str = "", encoding: str = "utf-8") -> Layout:
    lines = [header] if header else []
    path.write_text("\n".join([*lines, *(delimiter.join(row) for row in BODY)]) + "\n", encoding=encoding)
    found = layout(path)
    assert found is not None
    return found


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", ", "])
def test_that_the_delimiter_is_found_by_content_whatever_the_file_is_called(tmp_path: Path, delimiter: str) -> None:
    found = written(tmp_path / "no suffix", delimiter, delimiter.join(("size", "colour", "kind")))
    assert (found.delimiter, found.width, found.skip) == (delimiter.strip(" "), 3, 1)
    assert found.names == ("size", "colour", "kind")
    assert found.rows[0] == ("5.1", "red", "a")


def test_that_numbers_apart_by_any_number_of_spaces_are_a_table_and_prose_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_text("  1.0   2.0  3\n  4.5   5.0  6\n 10.25  1.0  7\n")
    found = layout(tmp_path / "a.dat")
    assert found is not None
    assert found.rows[0] == ("1.0", "2.0", "3")
    (tmp_path / "b.txt").write_text("one two three\nfour five six\nnobody counts words\n")
    assert layout(tmp_path / "b.txt") is None


@pytest.mark.parametrize(("encoding", "word"), [("utf-8", "größer"), ("latin-1", "größer"), ("utf-16", "größer")])
def test_that_letters_are_read_in_the_encoding_of_the_file(tmp_path: Path, encoding: str, word: str) -> None:
    found = written(tmp_path / "a.csv", ",", f"Maß,{word},kind", encoding)
    assert found.names == ("Maß", word, "kind")


def test_that_a_letter_cut_at_the_end_of_the_beginning_does_not_make_latin_1(tmp_path: Path) -> None:
    line = "1,ß,x\n".encode()
    (tmp_path / "a.csv").write_bytes(line * (300 * 1024 // len(line)))
    (tmp_path / "b.csv").write_bytes(b"x" + line * (300 * 1024 // len(line)))
    assert {found.encoding for name in "ab" if (found := layout(tmp_path / f"{name}.csv"))} == {"UTF-8"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2,a\n3,4,b\n5,6,a\n", ()),
        ("x,y,kind\n3,4,b\n5,6,a\n", ("x", "y", "kind")),
        (",0,1,2\n0,.5,.1,.2\n1,.4,.3,.1\n", ("", "0", "1", "2")),  # pandas, columns without names
        ("p,x,s\ne,x,s\np,f,y\ne,x,s\n", ()),  # words that recur
        ("class,cap,odor\ne,x,s\np,f,y\ne,x,s\n", ("class", "cap", "odor")),
        ("x,kind\n1,3,b\n2,5,a\n", ("", "x", "kind")),  # R leaves out the name of the row names
        ("?,3,b\n2,5,a\n4,1,b\n", ()),
    ],
)
def test_that_a_header_is_told_from_a_first_row(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    (tmp_path / "a.csv").write_text(text)
    found = layout(tmp_path / "a.csv")
    assert found is not None
    assert found.names == names


def test_that_lines_of_another_shape_before_the_table_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "adult.test").write_text(
        "|1x3 Cross validator\n25, Private, <=50K.\n38, ?, >50K.\n28, Private, >50K.\n"
    )
    (tmp_path / "sklearn.csv").write_text("3,2,setosa\n5.1,3.5,0\n4.9,3.0,1\n4.7,3.2,1\n")
    odd, own = layout(tmp_path / "adult.test"), layout(tmp_path / "sklearn.csv")
    assert odd is not None
    assert own is not None
    assert (odd.skip, odd.rows[0]) == (1, ("25", "Private", "<=50K."))
    assert (own.skip, own.names, own.rows[0]) == (1, (), ("5.1", "3.5", "0"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "hello\n",
        '{"a": [1, 2]}\n{"a": [3, 4]}\n',
        "<a>,<b>\n<c>,<d>\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "import os, sys\n\nprint(1, 2, 3)\nx = 1\n",
        "a\0b,c\nd,e\n",
    ],
)
def test_that_other_text_is_no_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert layout(tmp_path / "a.csv") is None
