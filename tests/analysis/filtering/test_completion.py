"""How a word that is being typed may go on."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from kdstudio.analysis.filtering.completion import completions
from kdstudio.analysis.filtering.offered import Asked, offered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cl", ["class:"]),
        ("-out", ["-outcome:"]),
        ("class:", ["class:Shirt", "class:T-shirt", 'class:"Ankle boot"']),
        ("class:b", ['class:"Ankle boot"']),
        ("class:shirt,t", ["class:shirt,T-shirt", "class:shirt,Shirt", 'class:shirt,"Ankle boot"']),
        ("outcome:l", ["outcome:lost"]),
        ("teacher:wr", ["teacher:wrong"]),
        ("kl>0.5 pinn", []),
        ("kl>", []),
        ("ankle", ['"Ankle boot"']),
        ("gap", ["gap>"]),
    ],
)
def test_that_keys_and_names_are_completed(asked: Asked, text: str, expected: list[str]) -> None:
    found = [one.words for one in completions(text, len(text), offered(asked, 4.0))]
    assert sorted(found) == sorted(expected)
    assert found[:1] == expected[:1]


def test_that_nothing_typed_offers_the_keys(asked: Asked) -> None:
    found = [one.words for one in completions("", 0, offered(asked, 4.0))]
    assert found == ["class:", "outcome:", "kl>", "teacher:", "student:", "baseline:", "confidence>", "js>"]
    after = completions("kl>1 ", 5, offered(asked, 4.0))
    assert [one.words for one in after] == found


def test_that_a_completion_takes_the_place_of_its_word_alone(asked: Asked) -> None:
    text = "class:sh kl>1"
    first = completions(text, 8, offered(asked, 4.0))[0]
    assert first.applied(text) == ("class:Shirt kl>1", 12)
    key = completions("kl>1 cla", 8, offered(asked, 4.0))[0]
    assert key.applied("kl>1 cla") == ("kl>1 class:", 11)


@given(some.text(max_size=30), some.integers(0, 30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_every_completion_can_be_applied(asked: Asked, text: str, at: int) -> None:
    cursor = min(at, len(text))
    for one in completions(text, cursor, offered(asked, 4.0)):
        written, where = one.applied(text)
        assert written[: one.start] == text[: one.start]
        assert written[one.start : one.start + len(one.words)] == one.words
        assert 0 <= where <= len(written)
