"""One text as a tokenizer read it: its tokens, where each stands, and which are to be learned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """`tokens` (L,), whether each is `wanted`, and its `places` (from, to) in letters of the text.

    Of a conversation places are counted from the beginning of its last answer, and a token begins where the one before
    it ends: tokenizers do not agree on whose the spaces between words are. `said` is that answer as it was read.
    """

    tokens: Sequence[int]
    wanted: Sequence[bool]
    places: Sequence[tuple[int, int]]
    said: str = ""

    def fitted(self, length: int) -> "Reading":
        """Return at most `length` tokens: a prompt loses its beginning, and then an answer its end."""
        over = len(self.tokens) - length
        if over <= 0:
            return self
        first = next((at for at, is_wanted in enumerate(self.wanted) if is_wanted), len(self.tokens))
        part = slice(least := min(over, max(0, first - 1)), least + length)
        return Reading(self.tokens[part], self.wanted[part], self.places[part], self.said)


def read_in(
    text: str,
    tokens: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    spans: Sequence[tuple[int, int]],
    marks: Collection[int],
) -> Reading:
    """Return which tokens stand in the wanted `spans` of a text, together with a mark right behind one of them."""
    wanted, places, end = list[bool](), list[tuple[int, int]](), 0
    ends, zero = {to for _, to in spans}, spans[-1][0]
    for token, (own_begin, own_end) in zip(tokens, offsets, strict=True):
        is_text = own_end > own_begin
        begin, end = end, max(end, own_end)
        is_inside = is_text and any(end > first and begin < last for first, last in spans)
        is_end = token in marks and begin in ends and bool(wanted) and wanted[-1]
        wanted.append(is_inside or is_end)
        places.append(((zero if begin < zero <= own_begin else begin) - zero, end - zero))
    return Reading(tokens, wanted, places, text[zero : spans[-1][1]])
