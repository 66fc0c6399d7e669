"""Which of six inputs a filter lets pass, and what it cannot understand."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from kdstudio.analysis.filtering.fields import Mark, Words
from kdstudio.analysis.filtering.matching import misunderstood, passing
from kdstudio.analysis.filtering.offered import Asked, offered
from kdstudio.analysis.filtering.terms import terms

WORDS = ("class:shirt", "outcome:inherited", "kl>0.1", "-teacher:boot", "confidence<40%", "shirt", "row>12", "gap>0")
TYPED = some.text(alphabet=some.sampled_from("classkleoutmrw:<>=-,. 05%\"'T"), max_size=40)


def found(asked: Asked, text: str) -> list[int]:
    fields = offered(asked, 4.0)
    assert misunderstood(terms(text), fields) == ()
    return np.flatnonzero(passing(terms(text), fields, 6)).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("class:shirt", [0, 1]),
        ("class:SHIRT", [0, 1]),
        ("class:boot", [3, 4]),
        ('class:"ankle boot",t-shirt', [2, 3, 4]),
        ("-class:shirt", [2, 3, 4, 5]),
        ("class:shi", [0, 1, 2]),
        ("teacher:shirt student:shirt", [0, 3]),
        ("baseline:boot", [4, 5]),
        ("teacher:wrong student:wrong", [1, 3]),
        ("student:right", [0, 4]),
        ("-student:right", [1, 2, 3, 5]),
        ("t-shirt", [1, 2, 3, 5]),
        ("outcome:inherited", [1, 3]),
        ("outcome:both-right", [0, 4]),
        ("outcome:both_right,lost", [0, 2, 4]),
        ("outcome:lost class:t-shirt", [2]),
        ("outcome:lost class:boot", []),
        ("row>=12 row<14", [2, 3]),
        ("row=12", [2]),
        ("row:10,15", [0, 5]),
        ("labelled", [0, 1, 2, 3, 4]),
        ("-labelled", [5]),
    ],
)
def test_that_inputs_pass_by_names_outcomes_and_rows(asked: Asked, text: str, expected: list[int]) -> None:
    assert found(asked, text) == expected


def test_that_numbers_are_those_of_the_formulas(asked: Asked) -> None:
    fields = offered(asked, 4.0)
    teacher, student = (np.asarray(asked.models[who].logits, dtype=np.float64) for who in ("teacher", "student"))
    p, q = (np.exp(z / 4) / np.exp(z / 4).sum(1, keepdims=True) for z in (teacher, student))
    m = (p + q) / 2
    expected = {
        "kl": (p * np.log(p / q)).sum(1),
        "js": ((p * np.log(p / m)).sum(1) + (q * np.log(q / m)).sum(1)) / 2,
        "confidence": (np.exp(student) / np.exp(student).sum(1, keepdims=True)).max(1),
        "teacher-confidence": (np.exp(teacher) / np.exp(teacher).sum(1, keepdims=True)).max(1),
    }
    expected["gap"] = expected["teacher-confidence"] - expected["confidence"]
    for key, values in expected.items():
        np.testing.assert_allclose(fields[key].values(), values, atol=1e-12)
        for bound in (float(np.median(values)), 0.1):
            assert found(asked, f"{key}>{bound!r}") == np.flatnonzero(values > bound).tolist()
            assert found(asked, f"{key} <= {bound!r}") == np.flatnonzero(values <= bound).tolist()
    assert found(asked, "confidence<60%") == np.flatnonzero(expected["confidence"] < 0.6).tolist()


def test_that_kl_follows_the_lens(asked: Asked) -> None:
    sharp, soft = (offered(asked, temperature)["kl"].values() for temperature in (1.0, 8.0))
    assert (soft[sharp > 0] < sharp[sharp > 0]).all()


def test_that_all_that_cannot_be_understood_is_told_at_once(asked: Asked) -> None:
    text = "shap class:shrt klass:x kl kl>much class>3 outcome: row>1,2 labelled:yes class:shirt"
    told = [one.words for one in misunderstood(terms(text), offered(asked, 4.0))]
    assert told == [
        "No class is called “shap”. There are: Shirt, T-shirt, Ankle boot.",
        "No class is called “shrt”. There are: Shirt, T-shirt, Ankle boot.",
        "Nothing is called “klass”. There are: class, outcome, kl, teacher, student, baseline, confidence, js, "
        "teacher-confidence, baseline-confidence, gap, row, labelled.",
        "kl needs more: kl>0.5.",
        "kl needs one number: kl>0.5.",
        "class has no order: write class:Shirt.",
        'outcome needs more: outcome:"both right".',
        "row needs one number: row>0.5.",
        "labelled stands alone, without “:”.",
    ]


def test_that_words_of_a_text_and_marks_are_found(asked: Asked) -> None:
    texts = ["a red shirt", "blue", "Red", "", "boot", "red boot"]
    fields = offered(asked, 4.0) | {
        "text": Words("", lambda word: np.array([word.casefold() in text.casefold() for text in texts])),
        "pinned": Mark("", np.arange(6) == 5),
    }
    for text, expected in (("text:red", [0, 2, 5]), ('text:"red boot",blue', [1, 5]), ("text:red pinned", [5])):
        assert misunderstood(terms(text), fields) == ()
        assert np.flatnonzero(passing(terms(text), fields, 6)).tolist() == expected


@given(some.lists(some.sampled_from(WORDS), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_every_term_narrows_in_any_order_and_a_minus_takes_the_rest(asked: Asked, words: list[str]) -> None:
    fields = offered(asked, 4.0)
    masks = [passing(terms(word), fields, 6) for word in words]
    together = passing(terms(" ".join(words)), fields, 6)
    assert np.array_equal(together, np.logical_and.reduce([np.ones(6, dtype=bool), *masks]))
    assert np.array_equal(together, passing(terms(" ".join(reversed(words))), fields, 6))
    for word, mask in zip(words, masks, strict=True):
        other = word.removeprefix("-") if word.startswith("-") else f"-{word}"
        assert np.array_equal(passing(terms(other), fields, 6), ~mask)


@given(TYPED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_no_text_breaks_it(asked: Asked, text: str) -> None:
    fields, read = offered(asked, 4.0), terms(text)
    wrong = {one.term for one in misunderstood(read, fields)}
    understood = [one for one in read if one not in wrong]
    assert passing(understood, fields, 6).shape == (6,)
