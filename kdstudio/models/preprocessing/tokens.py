"""Text: the tokens of a pretrained model's own tokenizer, as the `tokenizers` library reads it from tokenizer.json."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.data.dataset import Kind
from kdstudio.data.text.conversation import Conversation
from kdstudio.models.preprocessing.base import Feed, GraphInput, Preprocessing, Raw
from kdstudio.models.preprocessing.chat import Chat
from kdstudio.models.preprocessing.reading import Reading, read_in
from kdstudio.models.values import IGNORE, Batch

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NOTHING = -1  # where a text has no token: a number that no vocabulary has, because a padding token may be a word, too
LONGEST = 512  # tokens of a text; attention costs their square
_EXAMPLE = 128
_SENTENCE = "It's a GOOD one, isn't it? Ça alors: 12,345!"  # case, accents, marks and numbers tell tokenizers apart


def following(tokens: Tensor, wanted: Tensor | None = None) -> Tensor:
    """Return the token behind each of `tokens` (N, L) int64, −100 behind the last of a text and where there is none.

    The first token of a text is given and never asked for, nor are those of a prompt, which are not `wanted` (N, L).
    """
    after = torch.full_like(tokens, IGNORE)
    is_asked = tokens[:, 1:] != NOTHING if wanted is None else wanted[:, 1 : tokens.shape[1]]
    after[:, :-1] = torch.where(is_asked, tokens[:, 1:], IGNORE)
    return after


def asked(batch: Batch, reader: "TokenPreprocessing", wanted: Tensor | None = None) -> Batch:
    """Return a batch of passages whose targets (N, L) are their next tokens, and whose mask is true where there is one.

    Of prompts with answers only the tokens that are `wanted` (N, L) are targets; the others are read.

    The text is its own label, also where a teacher wrote it: learning that is sequence-level distillation (Kim, Rush
    2016). Those passages are no "labelled" ones, so that a baseline without a teacher does not see them.
    """
    after = following(batch.prepared(reader), wanted)
    return replace(batch, targets=after, mask=after != IGNORE)


class TokenPreprocessing(Preprocessing):
    """Tokens of a tokenizer with what it adds around a text; a longer text is cut at `length` tokens.

    `tokenizer` is the content of tokenizer.json; `pad` the token that a network is given where there is none. The chat
    `template` and the marks `begin` and `end` say how conversations are written; they may be empty.
    """

    takes: ClassVar[Kind] = "text"

    kind: Literal["tokens"] = "tokens"
    tokenizer: str = Field(repr=False)
    length: int = Field(LONGEST, ge=1, le=1 << 20)
    pad: int = Field(0, ge=0)
    template: str = Field("", repr=False)
    begin: str = ""
    end: str = ""

    @cached_property
    def _reader(self) -> "Tokenizer":
        """The tokenizer itself; raises ModelError where its description is damaged."""
        from tokenizers import Tokenizer

        try:
            reader = Tokenizer.from_str(self.tokenizer)
            reader.enable_truncation(self.length)
        except Exception as error:  # the library raises bare exceptions
            what = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise ModelError(f"tokenizer.json is damaged: {what}", hint="Download the folder again.") from error
        reader.no_padding()
        return reader

    @cached_property
    def _whole(self) -> "Tokenizer":
        """The tokenizer, which cuts nothing."""
        from tokenizers import Tokenizer

        reader = Tokenizer.from_str(self.tokenizer)
        reader.no_truncation()
        reader.no_padding()
        return reader

    @cached_property
    def marks(self) -> frozenset[int]:
        """The tokens that are no text."""
        return frozenset(number for number, one in self._whole.get_added_tokens_decoder().items() if one.special)

    @property
    def description(self) -> dict[str, Any]:
        """The tokenizer as the values of tokenizer.json."""
        return dict(json.loads(self.tokenizer))

    def checked(self) -> "TokenPreprocessing":
        """Return itself; raises ModelError where the tokenizer is damaged."""
        self._reader.encode("A")
        return self

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return int(self._reader.get_vocab_size())

    def word(self, token: int) -> str | None:
        """Return what a token stands for, None where there is no such token."""
        word: str | None = self._reader.id_to_token(token)
        return word

    def text(self, tokens: Sequence[int]) -> str:
        """Return tokens as text, without marks that are none."""
        found: str = self._reader.decode(list(tokens), skip_special_tokens=True)
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        """(L, V): the longest text in tokens, and how many tokens there are."""
        return self.length, self.vocabulary

    def raw(self, values: np.ndarray) -> np.ndarray:
        """Text stays as it is."""
        return values

    def apply(self, inputs: Raw) -> Tensor:
        """Turn texts (N,) of str into tokens (N, L) int64, L that of the longest; −1 fills what a text leaves free."""
        if any(isinstance(text, Conversation) for text in inputs):
            return _filled([self.reading(text).tokens for text in inputs], NOTHING)
        return _filled([one.ids for one in self._reader.encode_batch_fast([str(text) for text in inputs])], NOTHING)

    def reading(self, text: str) -> Reading:
        """Return the tokens of one text, and which of them are wanted: all, but for those of a conversation's prompt.

        Of a conversation that is too long the beginning of the prompt is left out, and only then the answer's end.
        """
        if not isinstance(text, Conversation):
            found = self._reader.encode(str(text))
            return Reading(found.ids, [True] * len(found.ids), found.offsets)
        end = self.end if self._whole.token_to_id(self.end) in self.marks else ""
        rendered = Chat(self.template, self.begin, end).render(text)
        found = self._whole.encode(rendered.text, add_special_tokens=not rendered.is_marked)
        marks = self.marks if text.ends else frozenset()
        return read_in(rendered.text, found.ids, found.offsets, rendered.spans, marks).fitted(self.length)

    def wanted(self, inputs: Raw) -> Tensor:
        """Return which tokens of texts (N,) are to be learned, (N, L) bool as `apply` has them."""
        return _filled([self.reading(text).wanted for text in inputs], False).bool()

    def joined(self, pieces: Sequence[Tensor]) -> Tensor:
        """Return pieces (n, L) of different lengths as one."""
        longest = max(piece.shape[1] for piece in pieces)
        whole = torch.full((sum(map(len, pieces)), longest), NOTHING, dtype=torch.int64)
        start = 0
        for piece in pieces:
            whole[start : start + len(piece), : piece.shape[1]] = piece
            start += len(piece)
        return whole

    def lengths(self, prepared: Tensor) -> Tensor:
        """Return the tokens of each text (N,)."""
        return (prepared != NOTHING).sum(1)

    def tokens(self, prepared: Tensor) -> Tensor:
        """Return the tokens as they are: NOTHING is −1."""
        return prepared

    def same_tokens(self, other: Preprocessing) -> bool:
        """Whether the other makes the same tokens; where it cuts a text does not matter."""
        if not isinstance(other, TokenPreprocessing):
            return False
        if self.tokenizer == other.tokenizer:
            return True
        readers = self._reader, other._reader
        same = readers[0].get_vocab() == readers[1].get_vocab()
        return same and readers[0].encode(_SENTENCE).ids == readers[1].encode(_SENTENCE).ids

    def trimmed(self, prepared: Tensor) -> Tensor:
        """Leave out the columns that are empty in every row (on a CPU, where looking costs nothing)."""
        if prepared.device.type != "cpu":
            return prepared
        return prepared[:, : max(1, int((prepared != NOTHING).any(0).sum()))]

    def given(self, prepared: Tensor) -> tuple[Tensor, Tensor]:
        """Return what networks of this kind take: `input_ids` and `attention_mask`, both (N, L) int64."""
        is_token = prepared != NOTHING
        return torch.where(is_token, prepared, self.pad), is_token.to(torch.int64)

    def example(self) -> Tensor:
        """Return one text of 128 tokens: what costs are counted for."""
        return torch.full((1, min(self.length, _EXAMPLE)), self.pad, dtype=torch.int64)

    def describe(self) -> str:
        """Return it in words."""
        return f"{self.vocabulary:,} tokens, up to {self.length} a text"

    def graph_inputs(self, shape: tuple[int, ...]) -> tuple[GraphInput, ...]:
        """Tokens and a mask; any number of texts, of any length."""
        del shape
        axes = {0: "batch", 1: "length"}
        example = torch.full((2, max(2, min(self.length, _EXAMPLE))), self.pad, dtype=torch.int64)
        given = {"input_ids": example, "attention_mask": torch.ones_like(example)}
        return tuple(GraphInput(name, value, axes, {"length": self.length}) for name, value in given.items())

    def in_graph(self, *given: Tensor) -> Tensor:
        """Return the tokens; where the mask is 0 there is none."""
        tokens, mask = given
        return torch.where(mask > 0, tokens, NOTHING)

    def feed(self, values: np.ndarray) -> Feed:
        """Return tokens and mask of texts (N,)."""
        tokens, mask = self.given(self.apply(values))
        return {"input_ids": tokens.numpy(), "attention_mask": mask.numpy()}


def _filled(rows: Sequence[Sequence[int]], nothing: int) -> Tensor:
    """Return rows of different lengths as one tensor (N, L) int64, L that of the longest and at least 1."""
    whole = np.full((len(rows), max(map(len, rows), default=0) or 1), nothing, dtype=np.int64)
    for number, row in enumerate(rows):
        whole[number, : len(row)] = row
    return torch.from_numpy(whole)
