"""Texts in files of their own, in a folder for each class, with or without train and test on top; also in an archive.

https://ai.stanford.edu/~amaas/data/sentiment (aclImdb) and http://qwone.com/~jason/20Newsgroups are written so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.listening import tell
from kdstudio.data import magic
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import TextInputs
from kdstudio.data.labels import empty_classes, listed, natural_key, one_class
from kdstudio.data.stores import Store
from kdstudio.data.stores.opening import first_names, open_store
from kdstudio.data.text.cells import decoded
from kdstudio.data.text.class_folders import ClassFolders, are_class_folders, class_folders, holds_class_folders
from kdstudio.data.text.labels import empty_texts

_SURE = 0.75  # a table of labelled texts in the same folder is more likely what is meant
_LARGEST = 16 * 1024**2
_TOLD_EVERY = 500


class TextFolderReader:
    """Reads the texts into memory; nothing is unpacked to the disk."""

    title: ClassVar[str] = "a folder, zip or tar of text files, in a sub-folder for each class"

    @staticmethod
    def sniff(path: Path) -> float:
        """Fairly sure where folders side by side hold little but texts."""
        if path.is_dir():
            return _SURE if holds_class_folders(path) else 0.0
        is_zip = magic.is_zip(magic.head(path))
        return _SURE if are_class_folders(first_names(path), is_beginning=not is_zip) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read every text; raises DataError where there are no two classes."""
        store, form = open_store(path)
        found = class_folders(store.names)
        if "train" not in found.parts:
            hint = "Make a folder for each class, with a text file for each input."
            raise DataError(f"{path.name} holds no texts to train on", hint=hint)
        classes = sorted(found.classes, key=natural_key)
        if len(classes) < 2:
            raise one_class(classes)
        texts, damaged = _texts(store, found)
        parts = {split: _part(store, of, texts, classes) for split, of in found.parts.items()}
        used = [at for of in found.parts.values() for at, _ in of]
        dataset = Dataset(path, f"text {form}", tuple(classes), parts, files=tuple(sorted(set(store.files(used)))))
        problems = [*store.problems, *_said(found, damaged)]
        problems += empty_texts({split: len(part) - _filled(part) for split, part in parts.items()})
        problems += empty_classes(dataset.class_counts(), classes)
        return Dataset(path, dataset.format, dataset.class_names, parts, tuple(problems), dataset.files)


READER = TextFolderReader


def _texts(store: Store, found: ClassFolders) -> tuple[dict[int, str], list[str]]:
    """Return the text of each file by its place, and the names of the files that hold none."""
    texts: dict[int, str] = {}
    damaged: list[str] = []
    places = sorted(at for part in found.parts.values() for at, _ in part)
    with store.access() as access:
        for done, at in enumerate(places):
            if done % _TOLD_EVERY == 0:
                tell("Reading texts", done, len(places))
            try:
                text, _ = decoded(access.read(at)) if store.size(at) <= _LARGEST else ("\0", "")
            except DataError:
                text = "\0"
            if "\0" in text:
                damaged.append(store.names[at])
            else:
                texts[at] = text.strip()
    if not texts:
        raise DataError(f"none of the texts in {store.path.name} can be read", hint="Copy them again.")
    return texts, damaged


def _part(store: Store, of: Sequence[tuple[int, str]], texts: dict[int, str], classes: Sequence[str]) -> Part:
    number = {name: i for i, name in enumerate(classes)}
    kept = [(at, number[name]) for at, name in of if at in texts]
    inputs = TextInputs([texts[at] for at, _ in kept], tuple(store.names[at] for at, _ in kept))
    return Part.whole(inputs, np.array([code for _, code in kept], dtype=np.int64))


def _filled(part: Part) -> int:
    assert isinstance(part.inputs, TextInputs)
    return sum(map(bool, part.inputs.texts))


def _said(found: ClassFolders, damaged: list[str]) -> list[Problem]:
    problems = [
        Problem(
            message=f"{count:,} texts in {folder} have no labels and are not used",
            hint="The others are enough: they have theirs.",
            severity="note",
        )
        for folder, count in found.unlabelled.items()
    ]
    if found.loose:
        message = f"not used, because they lie in no class folder: {listed(found.loose)}"
        problems.append(Problem(message=message, severity="note"))
    if damaged:
        count = f"{len(damaged):,} file{' is' if len(damaged) == 1 else 's are'}"
        message = f"{count} left out: unreadable, no text, or larger than 16 MB: {listed(damaged)}"
        problems.append(Problem(message=message, hint="Save them as plain text in UTF-8.", severity="warning"))
    return problems
