import csv
import io
import time

import pytest

from kdstudio.data.text.cells import cut, decoded, lines

ROWS = [("0", 'plain "quoted" words, and a comma'), ("1", "two\nlines"), ("0", ""), ("1", "the end")]


def written(rows, **how):
    file = io.StringIO()
    csv.writer(file, **how).writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_that_what_the_csv_module_wrote_is_read_back(delimiter, ending, quoting):
    rows = [(label, text.replace("\n", ending)) for label, text in ROWS]
    text = written(rows, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    found = cut(text, delimiter)
    assert (found.rows, found.is_quoted, found.odd) == (rows, True, 0)


def test_that_quotes_are_letters_where_a_file_does_not_keep_to_their_rules():
    text = '"Yes" he said\t1\n"what a film\t0\nan 18" screen\t1\n'
    found = cut(text, "\t")
    assert found.rows == [('"Yes" he said', "1"), ('"what a film', "0"), ('an 18" screen', "1")]
    assert not found.is_quoted


def test_that_a_last_cell_without_anything_in_it_counts():
    assert cut('"a","b"\n"c",', ",").rows == [("a", "b"), ("c", "")]


def test_that_a_beginning_is_cut_before_its_last_row():
    text = written(ROWS * 3)
    for end in range(60, len(text) - 1):
        rows = cut(text[:end], ",", is_whole=False).rows
        assert rows == (ROWS * 3)[: len(rows)]


def test_that_a_few_damaged_lines_are_counted_and_many_make_it_no_table():
    good = ["a text\t1"] * 99
    assert cut("\n".join([*good, "torn"]), "\t").odd == 1
    assert cut("\n".join([*good[:5], "torn"]), "\t") is None


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        ("über".encode(), "über", "UTF-8"),
        ("über".encode("utf-8-sig"), "über", "UTF-8"),
        ("über".encode("latin-1"), "über", "Latin-1"),
        ("“über”…".encode("cp1252"), "“über”…", "Windows-1252"),
        ("über".encode("utf-16"), "über", "UTF-16"),
        (b"a\x81b", "a\x81b", "Latin-1"),  # not even Windows has a letter there
        ("über".encode() + "ü".encode()[:1], "über", "UTF-8"),  # the beginning of a longer file
    ],
)
def test_that_the_encoding_is_found_by_content(content, text, encoding):
    assert decoded(content) == (text, encoding)


def test_that_an_ellipsis_of_windows_ends_no_line():
    assert lines("a\x85b\r\nc\rd\n\n") == ["a\x85b", "c", "d"]


@pytest.mark.parametrize("text", ['"' + "x" * 30_000_000, "x" * 30_000_000, '"' + '""' * 15_000_000])
def test_that_a_line_without_end_is_given_up_quickly(text):
    start = time.process_time()
    assert cut(text, ",") is None
    assert time.process_time() - start < 5


def test_that_a_cell_may_be_longer_than_the_csv_module_allows():
    assert [len(row[0]) for row in cut('"' + "word, " * 50_000 + '",1\n"b, c",0\n', ",").rows] == [300_000, 4]
