"""Words of a filter taken apart."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kdstudio.analysis.filtering.terms import quoted, terms, without_last

LETTERS = some.text(alphabet=some.sampled_from('ab-"“”:<>=≤≥,% \t\n0.5é'), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class:shirt", [("class", ":", ("shirt",), False)]),
        ("-class:shirt", [("class", ":", ("shirt",), True)]),
        ('class:"Ankle boot"', [("class", ":", ("Ankle boot",), False)]),
        ("class:“Ankle boot”", [("class", ":", ("Ankle boot",), False)]),
        ('class:a,"b, c", d', [("class", ":", ("a", "b, c", "d"), False)]),
        ('class:"Ankle b', [("class", ":", ("Ankle b",), False)]),
        ("kl>0.5", [("kl", ">", ("0.5",), False)]),
        ("KL >= 0.5", [("kl", ">=", ("0.5",), False)]),
        ("kl ≤ .5", [("kl", "<=", (".5",), False)]),
        ("row=7", [("row", ":", ("7",), False)]),
        ("t-shirt", [("", "", ("t-shirt",), False)]),
        ('-"Ankle boot"', [("", "", ("Ankle boot",), True)]),
        ("pinned kl>1", [("", "", ("pinned",), False), ("kl", ">", ("1",), False)]),
        ("class: kl>1", [("class", ":", (), False), ("kl", ">", ("1",), False)]),
        ("a:b:c", [("a", ":", ("b:c",), False)]),
        ("-", [("", "", ("-",), False)]),
        (">3", [("", "", (">3",), False)]),
        ("  ", []),
    ],
)
def test_that_terms_are_taken_apart(text: str, expected: list[tuple[object, ...]]) -> None:
    assert [(one.key, one.operator, one.values, one.is_negated) for one in terms(text)] == expected


@given(LETTERS)
def test_that_every_text_can_be_read_and_nothing_of_it_is_lost(text: str) -> None:
    found = terms(text)
    assert [one.start for one in found] == sorted(one.start for one in found)
    for one in found:
        assert text[one.start : one.start + len(one.words)] == one.words != ""
        assert one.start + len(one.words) <= one.end <= len(text)
    covered = {at for one in found for at in range(one.start, one.end)}
    assert all(letter.isspace() for at, letter in enumerate(text) if at not in covered)


@given(some.text(max_size=30))
def test_that_a_quoted_name_is_one_value(name: str) -> None:
    plain = " ".join(name.replace('"', "").replace("“", "").replace("”", "").replace("„", "").split())
    read = terms(f"class:{quoted(plain)}")
    assert len(read) == 1
    assert read[0].values == ((plain,) if plain else ())


def test_that_the_last_term_can_be_taken_away() -> None:
    assert without_last('class:"Ankle boot"  kl > 0.5 ') == 'class:"Ankle boot"'
    assert without_last("kl>0.5") == without_last("") == ""


@pytest.mark.parametrize("piece", ['"', '""', ":", ",", "-", "a ", ">=", '",'])
def test_that_no_text_takes_long(piece: str) -> None:
    began = perf_counter()
    terms(piece * 20_000)
    assert perf_counter() - began < 2
