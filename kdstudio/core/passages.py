"""The passages that a language model was asked about: their tokens, and which answer belongs to which place.

Stored beside the answers as `predictions/passages/<split>.npz`, so that the window can show a text token by token
without a tokenizer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

SPACE = "␣"  # in front of a token that begins a word
BREAK = "↵"
_NOTHING = "____"  # what is asked for


@dataclass(frozen=True)
class Passages:
    """Passages of one split: `row` (N,) in the data, `tokens` (T,) of all, passage n from `start[n]` to `start[n + 1]`.

    The answer at place p of a passage is about token p + 1, and its index is row · `places` + p.
    """

    row: np.ndarray
    start: np.ndarray
    tokens: np.ndarray
    places: int

    def __len__(self) -> int:
        return len(self.row)

    def of(self, number: int) -> np.ndarray:
        """Return the tokens (L,) of a passage; the first is given and never asked for."""
        return np.asarray(self.tokens[self.start[number] : self.start[number + 1]])

    def indices(self, number: int) -> np.ndarray:
        """Return the indices (L − 1,) of the answers to a passage."""
        count = int(self.start[number + 1] - self.start[number])
        return int(self.row[number]) * self.places + np.arange(max(0, count - 1))

    def first(self, number: int) -> int:
        """Return how many answers there are to the passages before one."""
        return int(self.start[number]) - number

    def find(self, index: int) -> tuple[int, int] | None:
        """Return (passage, place) of an answer; None where there is none of that index."""
        row, place = divmod(index, self.places)
        number = self._numbers.get(row)
        if number is None or place + 1 >= len(self.of(number)):
            return None
        return number, place

    def before(self, index: int, words: Sequence[str], most: int = 60) -> str:
        """Return the text in front of what is asked at a place, from at most `most` tokens, with a gap at its end."""
        found = self.find(index)
        if found is None:
            return ""
        number, place = found
        tokens = self.of(number)[: place + 1]
        cut = tokens[-most:]
        text = written([words[token] for token in cut])
        return f"{'… ' if len(cut) < len(tokens) else ''}{text.strip()} {_NOTHING}".strip()

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {int(row): number for number, row in enumerate(self.row)}

    def save(self, path: Path) -> None:
        """Write them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            np.savez(file, row=self.row, start=self.start, tokens=self.tokens, places=self.places)


def load(path: Path) -> Passages | None:
    """Return what `save` wrote, None where it is not there or was torn."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            found = Passages(stored["row"], stored["start"], stored["tokens"], int(stored["places"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return found if len(found.start) == len(found.row) + 1 else None


def written(words: Sequence[str]) -> str:
    """Return tokens as the text that they are, special ones left out."""
    return "".join(word for word in words if not is_special(word)).replace(SPACE, " ").replace(BREAK, "\n")


def is_special(word: str) -> bool:
    """Whether a token is no text but a mark: `<s>`, `[CLS]`, `<|endoftext|>`."""
    return len(word) > 2 and word[0] + word[-1] in ("<>", "[]")
