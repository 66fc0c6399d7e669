import pytest

from kdstudio.methods.catalogue import entries
from kdstudio.ui.panels.methods.papers import authors, link


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ("Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531", "Hinton et al. 2015"),
        ("Ba, Caruana 2014, https://arxiv.org/abs/1312.6184", "Ba & Caruana 2014"),
        ("Gu et al. 2024 (MiniLLM, section 2.1), https://arxiv.org/abs/2306.08543", "Gu et al. 2024"),
        ("", ""),
        ("Somebody, in a letter", "Somebody, in a letter"),
    ],
)
def test_that_papers_are_cited_shortly(paper: str, words: str):
    assert authors(paper) == words


@pytest.mark.parametrize("entry", [one for one in entries() if one.paper], ids=lambda one: one.name)
def test_that_every_paper_can_be_opened(entry):
    assert link(entry.paper).startswith("https://")
    assert len(authors(entry.paper)) < 40
    assert authors(entry.paper)[-4:].isdigit()
