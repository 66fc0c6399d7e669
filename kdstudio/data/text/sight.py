"""Running text, as language models are trained on: recognised, so that a person is told what is missing."""

import re
from pathlib import Path

from kdstudio.data import magic
from kdstudio.data.text.cells import decoded

FORMAT = "language-model text"
REASON = (
    "language-model text: running text without labels, on which kdstudio does not train yet (a classifier needs a "
    "class for each text)"
)
_LEAST_BYTES = 10_000  # shorter ones are licences and notes
_HEAD = 16 * 1024
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST = 20
_SUFFIXES = (".txt", ".text", ".raw", ".tokens", ".md", "")


def is_running_text(path: Path) -> bool:
    """Whether a file is mostly words: told from its beginning."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    start = magic.head(path, _HEAD)
    try:
        if path.stat().st_size < _LEAST_BYTES or b"\0" in start:
            return False
    except OSError:
        return False
    text, _ = decoded(start)
    letters = sum(map(len, _WORD.findall(text)))
    return letters * 2 > len(text) and sum(letter.isspace() for letter in text) * 20 > len(text)


def holds_running_text(folder: Path) -> bool:
    """Whether a folder has such a file directly in it."""
    return any(is_running_text(file) for file in magic.few_files(folder)[:_MOST])
