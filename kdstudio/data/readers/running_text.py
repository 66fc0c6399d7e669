"""Running text for language models: one file, or a folder of files called after the parts."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.array_files import meaning
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import TextInputs
from kdstudio.data.labels import listed
from kdstudio.data.text.cells import decoded
from kdstudio.data.text.passages import passages
from kdstudio.data.text.sight import running_texts

_SURE = 0.3  # any reader that finds labels or rows knows better
_PARTS = ("train", "validation", "test")


class RunningTextReader:
    """Reads text without labels, of which a language model learns what comes next; a row is a passage."""

    title: ClassVar[str] = "running text for language models (.txt)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Look whether a file is mostly words, or a folder has such files and no model."""
        return _SURE if running_texts(path) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read all text into memory, cut into passages."""
        parts, unused = _divided(path)
        texts = {part: [one for file in files for one in _passages(file)] for part, files in parts.items()}
        if not texts.get("train"):
            raise DataError(f"{path.name} holds no text", hint="Choose a file of running text (.txt, UTF-8).")
        problems = []
        if unused:
            hint = "Call the files after the parts: train.txt, valid.txt, test.txt."
            message = f"not used: {listed([file.name for file in unused])}"
            problems.append(Problem(message=message, hint=hint, severity="note"))
        return Dataset(
            path=path,
            format="running text",
            class_names=(),
            parts={
                part: Part.whole(TextInputs(found), np.zeros(len(found), dtype=np.int64))
                for part, found in texts.items()
                if found
            },
            problems=tuple(problems),
            files=tuple(str(file) for files in parts.values() for file in files),
            task="next_token",
        )


READER = RunningTextReader


def _divided(path: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Return the files of each part, training first, and those that belong to none."""
    found = running_texts(path)
    named: dict[str, list[Path]] = {}
    for file in found:
        named.setdefault(meaning(file.stem).split if path.is_dir() else "train", []).append(file)
    rest = named.pop("", [])
    if not named:
        return {"train": rest}, []
    first = next(part for part in _PARTS if part in named)
    ordered = {"train": named.pop(first)}
    return ordered | {part: named[part] for part in _PARTS if part in named}, rest


def _passages(file: Path) -> list[str]:
    text, _ = decoded(file.read_bytes())
    return passages(text)
