"""Which files of a folder hold texts, and which part of the data set each one is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.array_files import meaning
from kdstudio.data.text.layout import Layout, look

_MOST = 40  # files that are looked into
_SUFFIXES = (".tsv", ".csv", ".jsonl", ".json", ".parquet", ".txt", ".all", ".train", ".dev", ".test", ".data", "")
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of texts and how it is written."""

    path: Path
    layout: Layout


def likely(path: Path) -> Source | None:
    """Return the first file of texts at `path`, those called after a part first: enough to know what a folder is."""
    return next((found for file in _candidates(path) if (found := _source(file))), None)


def parts(path: Path) -> tuple[dict[str, list[Source]], list[Path]]:
    """Return the files of each part, `train` first, and files of texts that belong to none.

    A folder whose only files are not called after parts is training data; without a training file the validation file
    is trained on.
    """
    found = [source for file in _candidates(path) if (source := _source(file))]
    named: dict[str, list[Source]] = {}
    for source in found:
        split = meaning(source.path.name).split if path.is_dir() else "train"
        named.setdefault(split, []).append(source)
    rest = sorted(named.pop("", []), key=lambda source: -source.path.stat().st_size)
    if rest and not named:  # pieces of one file, or the largest of several that have nothing to do with each other
        alike = [source for source in rest if source.layout.like(rest[0].layout)]
        named["train"] = sorted(alike, key=lambda source: source.path)
        rest = [source for source in rest if source not in alike]
    first = next((part for part in _PARTS if part in named), "")
    ordered = {"train": named.pop(first)} if first else {}
    return ordered | {part: named[part] for part in _PARTS if part in named}, [source.path for source in rest]


def given(files: Mapping[str, Path]) -> dict[str, list[Source]]:
    """Return the files that were given for each part; raises DataError for one without texts in rows."""
    found = {part: _source(file) for part, file in files.items()}
    bad = next((part for part, source in found.items() if source is None), None)
    if bad is not None:
        hint = "Write one text a row, as in the training file."
        raise DataError(f"{files[bad].name} holds no texts in rows", hint=hint, where=str(files[bad]))
    return {part: [source] for part, source in found.items() if source is not None}


def _source(file: Path) -> Source | None:
    try:
        layout = look(file)
    except OSError:
        return None
    return None if layout is None else Source(file, layout)


def _candidates(path: Path) -> list[Path]:
    """Return the files to look into; a folder whose only visible thing is another folder is passed through."""
    if not path.is_dir():
        return [path]
    for _ in range(3):
        files = [file for file in magic.few_files(path) if _may_hold_text(file)]
        inner = [] if files else _folders(path)
        if len(inner) != 1:
            break
        path = inner[0]
    files.sort(key=lambda file: (not meaning(file.name).split, file.suffix.lower() == ".txt", file.name))
    return files[:_MOST]


def _may_hold_text(file: Path) -> bool:
    is_known = file.suffix.lower() in _SUFFIXES or bool(meaning(file.name).split)
    return is_known and magic.image_kind(magic.head(file, 16)) is None


def _folders(path: Path) -> list[Path]:
    try:
        return [entry for entry in path.iterdir() if magic.is_visible(entry.name) and entry.is_dir()]
    except OSError:
        return []
