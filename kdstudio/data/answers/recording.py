"""A teacher without a model that writes: its answers to prompts, and how it weighed the alternatives, token by token.

The shapes are those in which chat and completion APIs return `logprobs`; a row without them is an answer alone.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.core.errors import DataError
from kdstudio.data.text.conversation import Conversation
from kdstudio.data.text.exchanges import conversation, rows_of

_MOST = 1000  # alternatives of a token
Entry = tuple[bytes, float, list[tuple[bytes, float]]]  # a token, its log-probability, and the alternatives


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The tokens (T,) of one answer, and for each its alternatives (T, K) with their log-probabilities (T, K).

    Tokens are numbers into `Recording.spellings`, −1 where there are fewer alternatives.
    """

    tokens: np.ndarray
    alternatives: np.ndarray
    logs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a teacher said. `answers` counts all of them; `weighed` has those with alternatives, by what was said."""

    path: Path
    answers: int
    spellings: tuple[bytes, ...] = field(repr=False)
    weighed: Mapping[tuple[object, str], Weighed] = field(repr=False)
    said: frozenset[tuple[object, str]] = field(repr=False)

    def has(self, text: str) -> bool:
        """Whether a text is one of its answers to the same prompt."""
        return isinstance(text, Conversation) and (text.prompt, text.response) in self.said

    def find(self, text: str) -> Weighed | None:
        """Return how an answer was weighed, None where that was not recorded."""
        return self.weighed.get((text.prompt, text.response)) if isinstance(text, Conversation) else None


def read(path: Path) -> Recording:
    """Read a file of recorded answers. Raises DataError where it has none."""
    numbers: dict[bytes, int] = {}
    weighed: dict[tuple[object, str], Weighed] = {}
    said: set[tuple[object, str]] = set()
    count = 0
    try:
        for row in rows_of(Path(path)):
            text = conversation(row)
            if text is None:
                continue
            count += 1
            key = text.prompt, text.response
            said.add(key)
            if entries := list(_entries(row)):
                weighed[key] = _packed(entries, numbers)
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}", where=str(path)) from error
    if not count:
        hint = "Record them with kdstudio record, or write one JSON object a line, with prompt and response."
        raise DataError("it holds no answers to prompts", hint=hint, where=str(path))
    return Recording(Path(path), count, tuple(numbers), weighed, frozenset(said))


def _packed(entries: Sequence[Entry], numbers: dict[bytes, int]) -> Weighed:
    width = max(len(likely) for _, _, likely in entries)
    alternatives = np.full((len(entries), width), -1, dtype=np.int32)
    logs = np.full((len(entries), width), -np.inf, dtype=np.float32)
    tokens = np.array([numbers.setdefault(token, len(numbers)) for token, _, _ in entries], dtype=np.int32)
    for place, (_, _, likely) in enumerate(entries):
        alternatives[place, : len(likely)] = [numbers.setdefault(one, len(numbers)) for one, _ in likely]
        logs[place, : len(likely)] = [log for _, log in likely]
    return Weighed(tokens, alternatives, logs)


def _entries(row: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield each token of an answer; nothing where the row does not tell of all."""
    told = row.get("logprobs")
    choices = row.get("choices")
    if told is None and isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        told = choices[0].get("logprobs")
    if isinstance(told, Mapping) and isinstance(told.get("content"), list):
        told = told["content"]
    if isinstance(told, Mapping):
        yield from _side_by_side(told.get("tokens"), told.get("token_logprobs"), told.get("top_logprobs"))
    elif isinstance(told, list) and told and isinstance(told[0], Mapping):
        yield from (_entry(_spelled(one), one.get("logprob"), one.get("top_logprobs")) for one in told)
    elif isinstance(told, list):
        yield from _side_by_side(row.get("tokens"), told, row.get("top_logprobs"))


def _side_by_side(tokens: object, logs: object, top: object) -> Iterator[Entry]:
    if not isinstance(tokens, list) or not tokens:
        return
    logs = logs if isinstance(logs, list) else [None] * len(tokens)
    top = top if isinstance(top, list) else [None] * len(tokens)
    for token, log, likely in zip(tokens, logs, top, strict=False):
        yield _entry(str(token).encode(), log, likely)


def _entry(token: bytes, log: object, top: object) -> Entry:
    """Return a token with its alternatives, itself among them where it is known how likely it was."""
    likely: dict[bytes, float] = {}
    if isinstance(top, Mapping):
        likely = {str(one).encode(): float(value) for one, value in top.items() if _is_log(value)}
    elif isinstance(top, list):
        likely = {_spelled(one): float(one["logprob"]) for one in top[:_MOST] if _is_log(one.get("logprob"))}
    own = float(log) if isinstance(log, int | float) and _is_log(log) else -math.inf
    if own > -math.inf:
        likely.setdefault(token, own)
    return token, own, list(likely.items())


def _is_log(value: object) -> bool:
    """Whether a value is the logarithm of a probability; some servers write −9999 for what is never said."""
    return isinstance(value, int | float) and not math.isnan(value) and -1000 < value <= 1e-3


def _spelled(one: Mapping[str, Any]) -> bytes:
    """Return the bytes of a token: those that are given where a letter has several tokens, else those of its text."""
    given = one.get("bytes")
    if isinstance(given, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in given):
        return bytes(given)
    return str(one.get("token", "")).encode()
