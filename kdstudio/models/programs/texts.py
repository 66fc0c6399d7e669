"""Texts for a program: token numbers (N, L), with a mask and more where it asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from kdstudio.core.errors import ModelError
from kdstudio.models.preprocessing.text import PADDING, WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.programs.beside import tokenizer
from kdstudio.models.programs.inputs import PROBES, Takes, Value, words

Role = Literal["ids", "mask", "types", "positions"]
LENGTHS = (512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 8)
"""Tokens that are tried, from the longest: networks have places for so many."""
_HINT = (
    "Put its tokenizer beside the file: tokenizer.json, which tokenizer.save_pretrained(FOLDER) writes, or vocab.txt."
)


@dataclass(frozen=True, slots=True)
class Texts(Takes):
    """Tokens as `how` numbers them. `inputs`: what is asked for, in that order; `length`: the fixed one, or None."""

    how: TokenPreprocessing | WordPreprocessing = field(repr=False)
    inputs: tuple[tuple[Role, torch.dtype], ...]
    length: int | None = None
    rows: int | None = None

    @property
    def preprocessing(self) -> TokenPreprocessing | WordPreprocessing:
        """The tokenizer, for texts of the length that there is room for."""
        return self.how

    @property
    def is_told(self) -> bool:
        """Tokens are not normalised."""
        return True

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(L, V)."""
        return self.how.shape

    def arrange(self, prepared: Tensor) -> tuple[Tensor, ...]:
        """Turn tokens (N, L) into what the program asks for; padding up to the fixed length, where it has one."""
        ids, mask = self._given(prepared)
        if self.length is not None:
            missing = self.length - ids.shape[1]
            ids, mask = pad(ids, (0, missing), value=self._padding), pad(mask, (0, missing))
        found: dict[Role, Tensor] = {"ids": ids, "mask": mask}
        given = []
        for role, dtype in self.inputs:
            if role == "types":
                found[role] = torch.zeros_like(ids)
            elif role == "positions":
                found[role] = torch.arange(ids.shape[1], device=ids.device).expand_as(ids).contiguous()
            given.append(found[role].to(dtype))
        return tuple(given)

    def probes(self) -> list[Tensor]:
        """Texts of the greatest length; the second one is shorter, and the last token of all is among them."""
        length, vocabulary = self.how.shape
        tokens = torch.arange(PROBES * length).reshape(PROBES, length) % min(vocabulary, 97)
        tokens[0, 0] = vocabulary - 1  # a tokenizer of another model may have more of them
        tokens[1:, (length + 1) // 2 :] = -1 if isinstance(self.how, TokenPreprocessing) else PADDING
        return [tokens]

    def sized(self) -> list["Texts"]:
        """Texts of each usual length up to the greatest."""
        longest = self.how.length
        if self.length is not None:
            return [self]
        lengths = (longest, *(length for length in LENGTHS if length < longest))
        return [replace(self, how=self.how.model_copy(update={"length": length})) for length in lengths]

    def settled(self, accepted: "Texts", *, is_free: bool) -> "Texts":
        """Texts of up to the length that was answered; of that very length, where a shorter one was not."""
        return accepted if is_free else replace(accepted, length=accepted.how.length)

    def describe(self) -> str:
        """`the model takes texts of 128 tokens`, where it has places for no more or wants so many."""
        fixed = "" if self.length is None else f"texts are filled up to {self.length} tokens"
        return "; ".join(filter(None, (fixed, "" if self.rows is None else f"{self.rows} texts at a time")))

    @property
    def _padding(self) -> int:
        return self.how.pad if isinstance(self.how, TokenPreprocessing) else PADDING

    def _given(self, prepared: Tensor) -> tuple[Tensor, Tensor]:
        if isinstance(self.how, TokenPreprocessing):
            return self.how.given(prepared)
        return prepared, (prepared != PADDING).to(torch.int64)


def role(name: str) -> Role:
    """Return what an input of this name is."""
    name = name.lower()
    if "mask" in name:
        return "mask"
    if "type" in name or "segment" in name:
        return "types"
    return "positions" if "position" in name else "ids"


def is_text(values: Sequence[Value]) -> bool:
    """Whether a program that declares these inputs takes token numbers: rows of whole numbers."""
    numbers = [value for value in values if role(value.name) == "ids"]
    return len(numbers) == 1 and all(
        len(value.shape) == 2 and value.dtype is not None and (value is not numbers[0] or _is_whole(value.dtype))
        for value in values
    )


def declared(values: Sequence[Value], path: Path) -> Texts:
    """Return how to hand texts to a program that declares these inputs; raises ModelError without a tokenizer."""
    tokens = tokenizer(path)
    if tokens is None:
        ids = next(value for value in values if role(value.name) == "ids")
        message = f"the model takes {words(ids)} ({ids.name!r}): tokens of text, and there is no tokenizer beside it"
        raise ModelError(message, hint=_HINT)
    return with_tokens(tokens, values)


def with_tokens(how: TokenPreprocessing | WordPreprocessing, values: Sequence[Value]) -> Texts:
    """Return how to hand texts that are read so to a program that declares these inputs."""
    inputs = tuple((role(value.name), value.dtype or torch.int64) for value in values)
    length = next((value.shape[1] for value in values if len(value.shape) == 2 and value.shape[1] is not None), None)
    if length is not None:
        how = how.model_copy(update={"length": length})
    return Texts(how, inputs, length, values[0].rows)


def guessed(names: Sequence[str], path: Path) -> Texts | None:
    """Return how to hand texts to a program whose file only names its inputs; None without a tokenizer beside it."""
    tokens = tokenizer(path)
    if tokens is None or [role(name) for name in names].count("ids") != 1:
        return None
    return Texts(tokens, tuple((role(name), torch.int64) for name in names))


def _is_whole(dtype: torch.dtype) -> bool:
    return dtype in (torch.int64, torch.int32)
