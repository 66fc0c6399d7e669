"""Running text, as language models are trained on: told from the beginnings of its files."""

import re
from pathlib import Path

from kdstudio.data import magic
from kdstudio.data.text.cells import decoded

_LEAST_BYTES = 10_000  # shorter ones are licences and notes
_HEAD = 16 * 1024
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST = 20
_SUFFIXES = (".txt", ".text", ".raw", ".tokens", ".md", "")
_IN_FOLDERS = (".txt", ".text", ".raw", ".tokens")
_NO_TEXTS = re.compile(r"^(readme|licen[cs]e|copying|notice|vocab|merges|requirements|log)", re.IGNORECASE)
_MODELS = (".safetensors", ".pt", ".pth", ".bin", ".onnx", ".ckpt", ".pt2")


def running_texts(path: Path) -> list[Path]:
    """Return the files of running text at `path`: itself, or those directly in a folder without a model in it."""
    if not path.is_dir():
        return [path] if is_running_text(path) else []
    files = magic.few_files(path)
    if any(file.suffix.lower() in _MODELS or file.name == "config.json" for file in files):
        return []
    texts = [file for file in files if file.suffix.lower() in _IN_FOLDERS and not _NO_TEXTS.match(file.name)]
    return sorted(file for file in texts[:_MOST] if is_running_text(file))


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
