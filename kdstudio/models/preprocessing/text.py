"""Text: words to numbers, with a vocabulary that was counted on the training part alone."""

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from kdstudio.data.dataset import Kind
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw

if TYPE_CHECKING:
    from kdstudio.data.dataset import Part

PADDING, UNKNOWN, FIRST = 0, 1, 2  # the numbers of no word, of a word that is not known, and of the first known word
LARGEST_VOCABULARY = 20_000
LONGEST = 256
_SAMPLE = 200_000  # texts that are counted
ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"  # Thai, kana, Chinese have no spaces: each letter is a word
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff"  # written over or beside the letter before
WORD = re.compile(rf"[{ALONE}]|[^\W{ALONE}]+(?:(?:['’](?=\w)|[{MARKS}])[^\W{ALONE}]*)*|[^\w\s]")


class WordPreprocessing(Preprocessing):
    """Lower-case words and punctuation marks, numbered by how often they occur; longer texts are cut at `length`."""

    takes: ClassVar[Kind] = "text"

    kind: Literal["words"] = "words"
    words: tuple[str, ...] = Field(repr=False)
    length: int = Field(ge=1, le=4096)

    @classmethod
    def of(cls, part: "Part") -> Self:
        """Return the vocabulary of `part`: words that occur twice, the most frequent first, and the usual length."""
        counts: Counter[str] = Counter()
        lengths: list[int] = []
        for start in range(0, min(len(part), _SAMPLE), 4096):
            for text in part.read(np.arange(start, min(start + 4096, len(part), _SAMPLE))):
                words = split(text)
                counts.update(words)
                lengths.append(len(words))
        frequent = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
        length = int(np.quantile(lengths, 0.98)) if lengths else 1
        return cls(words=tuple(frequent[: LARGEST_VOCABULARY - FIRST]), length=min(max(length, 8), LONGEST))

    @property
    def shape(self) -> tuple[int, ...]:
        """(L, V): the longest text, and how many numbers there are for words."""
        return self.length, len(self.words) + FIRST

    def raw(self, values: np.ndarray) -> np.ndarray:
        """Text stays as it is."""
        return values

    def apply(self, inputs: Raw) -> Tensor:
        """Turn texts (N,) of str into word numbers (N, L) int64; 0 fills what a text leaves free."""
        numbers = np.full((len(inputs), self.length), PADDING, dtype=np.int64)
        known = self._numbers
        for row, text in enumerate(inputs):
            found = [known.get(word, UNKNOWN) for word in split(str(text))[: self.length]]
            numbers[row, : len(found)] = found
        return torch.from_numpy(numbers)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, FIRST)}

    def lengths(self, prepared: Tensor) -> Tensor:
        """Return the words of each text (N,)."""
        return (prepared != PADDING).sum(1)

    def tokens(self, prepared: Tensor) -> Tensor:
        """Return the word at each place (N, L), −1 where there is none."""
        return prepared.masked_fill(prepared == PADDING, -1)

    def trimmed(self, prepared: Tensor) -> Tensor:
        """Leave out the columns that are empty in every row (on a CPU, where looking costs nothing)."""
        if prepared.device.type != "cpu":
            return prepared
        used = int((prepared != PADDING).any(0).sum())
        return prepared[:, : max(1, used)]

    def example(self) -> Tensor:
        """Return one text of the full length."""
        return torch.full((1, self.length), UNKNOWN, dtype=torch.int64)

    def describe(self) -> str:
        """Return it in words."""
        return f"{len(self.words):,} words, up to {self.length} a text"

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Word numbers and a mask; any number of texts, of any length."""
        del shape
        axes = {0: "batch", 1: "length"}
        example = torch.full((2, max(2, self.length)), FIRST, dtype=torch.int64)
        return GraphInput("input_ids", example, axes), GraphInput("attention_mask", torch.ones_like(example), axes)

    def in_graph(self, *given: Tensor) -> Tensor:
        """Return the numbers; where the mask is 0 there is no word."""
        numbers, mask = given
        return numbers * mask.clamp(0, 1)

    def feed(self, values: np.ndarray) -> Feed:
        """Return numbers and mask of texts (N,)."""
        numbers = self.apply(values).numpy()
        return {"input_ids": numbers, "attention_mask": (numbers != PADDING).astype(np.int64)}


def split(text: str) -> list[str]:
    """Return the words and punctuation marks of a text, in lower case."""
    return WORD.findall(text.lower())
