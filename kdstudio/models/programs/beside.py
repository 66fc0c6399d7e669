"""What lies beside a program: its tokenizer, and settings as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ModelError
from kdstudio.models.json_object import read_json
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.tokenizers import tokenizer_in


def folders(path: Path) -> Iterator[Path]:
    """Return where what belongs to a program may lie: its folder, and the one above it where that is called `onnx`."""
    yield path.parent
    if path.parent.name == "onnx":
        yield path.parent.parent


def tokenizer(path: Path) -> TokenPreprocessing | None:
    """Return the tokenizer beside a program, None where there is none; raises ModelError where it is damaged."""
    return next((found for folder in folders(path) if (found := tokenizer_in(folder)) is not None), None)


def settings(path: Path) -> dict[str, Any]:
    """Return a JSON object that may help; empty where there is no such file, or it is none."""
    try:
        return read_json(path) if path.is_file() else {}
    except (ModelError, OSError):
        return {}
