"""Running text as passages: documents, paragraphs, and where a long one is cut."""

from hypothesis import given
from hypothesis import strategies as st

from kdstudio.data.text.passages import passages


def test_that_a_marker_ends_a_document_and_paragraphs_of_one_stay_together():
    text = "One.\n\nStill one.\n<|endoftext|>\nTwo, first line\nsecond line <|endoftext|>"
    assert passages(text) == ["One.\n\nStill one.", "Two, first line\nsecond line"]


def test_that_lines_are_documents_where_no_line_is_empty():
    assert passages("she ran.\r\nhe sat.\r\n") == ["she ran.", "he sat."]


def test_that_paragraphs_are_put_together_as_long_as_they_fit():
    assert passages("aaaa\n\nbbbb\n \ncccc", longest=10) == ["aaaa\n\nbbbb", "cccc"]


def test_that_a_long_paragraph_is_cut_behind_sentences_before_it_is_cut_between_words():
    text = "It ran away. “Stop!” she cried out. Then nothing at all happened\n\nEnd."
    assert passages(text, longest=25) == [
        "It ran away. “Stop!”",
        "she cried out.",
        "Then nothing at all",
        "happened\n\nEnd.",
    ]


@given(st.text(alphabet='ab .!?\n"<', max_size=300), st.integers(5, 60))
def test_that_no_letter_is_lost_and_nothing_is_too_long(text: str, longest: int):
    found = passages(text, longest)
    assert all(0 < len(one) <= longest for one in found)
    assert "".join("".join(found).split()) == "".join(text.split())
