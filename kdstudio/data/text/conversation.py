"""Texts that somebody was asked for: who said what, and which of it is to be learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CONVERSATIONS = "conversations"  # the format of data that is made of them
USER, ASSISTANT, SYSTEM = "user", "assistant", "system"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says; a `wanted` turn is learned, every other is only read."""

    role: str
    text: str
    wanted: bool = False


class Conversation(str):
    """A text in the plain format that knows its turns, so that a tokenizer with a chat template can write them its way.

    The plain format: turns with an empty line between them; where there are more than a prompt and its response each
    is preceded by its role, `User: …`. Text that a completion endpoint continued (`is_continued`) follows its prompt
    as it is, in any tokenizer's hands. `ends` says whether the last turn is whole, so that its end is learned, too.
    """

    __slots__ = ("ends", "is_continued", "turns")

    turns: tuple[Turn, ...]
    is_continued: bool
    ends: bool

    def __new__(cls, turns: Sequence[Turn], *, is_continued: bool = False, ends: bool = True) -> "Conversation":
        """Put the turns together."""
        text, _ = plain(turns, is_continued=is_continued)
        made = super().__new__(cls, text)
        made.turns, made.is_continued, made.ends = tuple(turns), is_continued, ends
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.turns, self.is_continued, self.ends)

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where in the plain text (from, to) the wanted turns stand."""
        return plain(self.turns, is_continued=self.is_continued)[1]

    @property
    def response(self) -> str:
        """What the last turn says."""
        return self.turns[-1].text

    @property
    def prompt(self) -> tuple[tuple[str, str], ...]:
        """What was said before it, as (role, text)."""
        return tuple((turn.role, turn.text) for turn in self.turns[:-1])


def _again(turns: tuple[Turn, ...], is_continued: bool, ends: bool) -> Conversation:
    return Conversation(turns, is_continued=is_continued, ends=ends)


def plain(turns: Sequence[Turn], *, is_continued: bool = False) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return turns in the plain format, and where the wanted ones stand in it."""
    is_named = len(turns) > 2 or any(turn.role not in (USER, ASSISTANT) for turn in turns)
    text, spans = "", []
    for turn in turns:
        if text and not is_continued:
            text += "\n\n"
        if is_named and not is_continued:
            text += f"{turn.role.capitalize()}: "
        if turn.wanted:
            spans.append((len(text), len(text) + len(turn.text)))
        text += turn.text
    return text, tuple(spans)
