"""Prompts and answers for language models: rows as chat APIs and collections of instructions write them."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.array_files import meaning
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import TextInputs
from kdstudio.data.text.conversation import CONVERSATIONS, Conversation
from kdstudio.data.text.exchanges import conversation, is_exchanges, rows_of

_SURE = 0.9  # a reader of labelled texts takes the response for a second text
_SUFFIXES = (".jsonl", ".json", ".parquet", ".ndjson")
_PARTS = ("train", "validation", "test")


class ConversationsReader:
    """Reads prompts with the answers that a language model learns; the prompts are only read."""

    title: ClassVar[str] = "prompts and answers for language models (JSONL, parquet)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Look whether the first rows have a prompt and a response, or messages of user and assistant."""
        return _SURE if any(is_exchanges(file) for file in _files(path)[:1]) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read all conversations into memory; alternatives that were recorded beside them are a teacher's."""
        named: dict[str, Path] = {}
        for file in _files(path):
            if is_exchanges(file):
                named.setdefault(meaning(file.stem).split or "train" if path.is_dir() else "train", file)
        if not named:
            raise DataError(f"{path.name} holds no prompts with answers", hint=_HINT)
        first = next(part for part in _PARTS if part in named)
        return _dataset(path, {"train": named.pop(first)} | {part: named[part] for part in _PARTS if part in named})

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str) -> Dataset:
        """Read a file for each part."""
        del target
        return _dataset(files["train"], dict(files))


READER = ConversationsReader
_HINT = "Write one JSON object a line, with prompt and response, or with messages."


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for file in magic.few_files(path) if file.suffix.lower() in _SUFFIXES]
    if any(file.name == "config.json" for file in found):  # a model's folder
        return []
    return sorted(found, key=lambda file: (not meaning(file.stem).split, file.name))


def _dataset(path: Path, files: dict[str, Path]) -> Dataset:
    found: dict[str, list[Conversation]] = {}
    problems = []
    for part, file in files.items():
        texts = [conversation(row) for row in rows_of(file)]
        found[part] = [one for one in texts if one is not None]
        if lost := len(texts) - len(found[part]):
            what = "row has" if lost == 1 else "rows have"
            message = f"{file.name}: {lost:,} {what} no prompt or no answer, left out"
            problems.append(Problem(message=message, severity="warning"))
    if not found.get("train"):
        raise DataError(f"{files['train'].name} holds no prompts with answers", hint=_HINT, where=str(files["train"]))
    return Dataset(
        path=path,
        format=CONVERSATIONS,
        class_names=(),
        parts={
            part: Part.whole(TextInputs(texts), np.zeros(len(texts), dtype=np.int64))
            for part, texts in found.items()
            if texts
        },
        problems=(*problems, *_told(found["train"])),
        files=tuple(str(file) for file in files.values()),
        task="next_token",
    )


def _told(texts: list[Conversation]) -> list[Problem]:
    """Say what is learned, and in which format where a tokenizer has none of its own."""
    message = f"{len(texts):,} answers are learned; the prompts in front of them are only read"
    hint = (
        "Where the model has a chat template it is used. Otherwise an empty line stands between prompt and answer, and "
        "roles are named where there are more than these two."
    )
    if all(one.is_continued for one in texts):
        hint = "The answers follow their prompts as they are, as the endpoint continued them."
    return [Problem(message=message, hint=hint, severity="note")]
