import pytest

from kdstudio.ui.panels.amounts import about, ratio, shape, size
from kdstudio.ui.panels.home.recent_projects import ago


@pytest.mark.parametrize(
    ("bytes_", "said"),
    [(0, "0 bytes"), (445_064, "445 kB"), (1_532_000, "1.5 MB"), (30_878_551, "31 MB"), (2e9, "2.0 GB")],
)
def test_that_sizes_have_two_or_three_figures(bytes_: float, said: str):
    assert size(bytes_) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "a second or two"),
        (7.2, "about 7 s"),
        (21, "about 20 s"),
        (89, "about 90 s"),
        (372, "about 6 min"),
        (7200, "about 2.0 h"),
        (86_400, "about 24 h"),
    ],
)
def test_that_estimates_are_rounded(seconds: float, said: str):
    assert about(seconds) == said


def test_that_sizes_of_models_are_compared_in_words():
    assert [ratio(383_210, 9_930), ratio(100, 140), ratio(7, 7), ratio(None, 7)] == [
        "39× smaller",
        "1.4× larger",
        "same size",
        "",
    ]
    assert shape((1, 28, 28), 10) == "1×28×28 → 10"
    assert shape((), 10) == "–"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "just now"), (300, "5 min ago"), (7300, "2 h ago"), (90_000, "1 day ago"), (1e6, "11 days ago")],
)
def test_that_the_past_is_told_coarsely(seconds: float, said: str):
    assert ago(seconds) == said


def test_that_a_shape_is_told_in_the_words_of_its_kind():
    assert shape((1, 28, 28), 10) == "1×28×28 → 10"
    assert shape((22, 1205), 6, "text") == "22 words → 6"
    assert shape((88,), 2, "table") == "88 numbers → 2"
    assert shape((8000,), 2, "audio") == "8\N{THIN SPACE}000 samples → 2"
    assert shape((), 2, "text") == shape((1, 8, 8), None) == "–"
