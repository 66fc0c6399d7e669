"""Cutting running text into passages: what a language model reads at once, and what one row of such data is."""

import re
from collections.abc import Iterator

LONGEST = 1_000  # characters: 200 to 400 tokens, which the smallest language models have places for
_MARKER = re.compile(r"\s*<\|endoftext\|>\s*|\s*</s>\s*")  # stands between the documents of many corpora
_EMPTY = re.compile(r"\n[ \t]*\n\s*")
_CUTS = ((r"\n+", "\n"), (r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”’)])\s+", " "), (r"\s+", " "))  # and what joins them again


def passages(text: str, longest: int = LONGEST) -> list[str]:
    """Return running text as passages of at most `longest` characters, none of which holds parts of two documents.

    Documents end at `<|endoftext|>`; where there is none, each line is one, unless empty lines show that the file is
    one text. Paragraphs stay together as long as they fit; a longer one is cut behind a line, else behind a sentence,
    else between words.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = [document.strip() for document in _MARKER.split(text)]
    if len(found) == 1 and not _EMPTY.search(found[0]):
        found = [line.strip() for line in found[0].split("\n")]
    return [passage for document in found if document for passage in _packed(document, longest)]


def _packed(document: str, longest: int) -> Iterator[str]:
    """Yield as many paragraphs at once as fit."""
    held = ""
    for paragraph in _EMPTY.split(document):
        for piece in _cut(paragraph.strip(), longest, 0):
            if held and len(held) + 2 + len(piece) > longest:
                yield held
                held = ""
            held = f"{held}\n\n{piece}" if held else piece
    if held:
        yield held


def _cut(text: str, longest: int, how: int) -> Iterator[str]:
    """Yield a paragraph in pieces that fit, cut at the coarsest of `_CUTS` that is enough."""
    if len(text) <= longest:
        if text:
            yield text
        return
    if how == len(_CUTS):
        yield from (text[at : at + longest] for at in range(0, len(text), longest))
        return
    pattern, glue = _CUTS[how]
    held = ""
    for piece in (smaller for part in re.split(pattern, text) for smaller in _cut(part, longest, how + 1)):
        if held and len(held) + 1 + len(piece) > longest:
            yield held
            held = ""
        held = f"{held}{glue}{piece}" if held else piece
    if held:
        yield held
