"""Texts in files of their own, in a folder for each class: which files are texts, and which part and class each has."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kdstudio.data import magic
from kdstudio.data.array_files import meaning
from kdstudio.data.image.layout import layout

_TEXT = re.compile(r"(?:.*\.(?:txt|text)|\d+)", re.IGNORECASE)  # 20 Newsgroups calls its files 49960 and the like
_UNLABELLED = ("unsup", "unsupervised", "unlabeled", "unlabelled")
_LOOK = 24  # entries of a folder that are looked at
_LEAST = 2  # class folders, and texts in each of them


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """The texts of each part, `train` first: (place in the list of names, class). `unlabelled` are counted by folder.

    `loose` are files of texts that lie beside the class folders.
    """

    parts: dict[str, list[tuple[int, str]]]
    unlabelled: dict[str, int]
    loose: tuple[str, ...]

    @property
    def classes(self) -> list[str]:
        """Every class of any part."""
        return list(dict.fromkeys(name for part in self.parts.values() for _, name in part))


def is_text_name(name: str) -> bool:
    """Whether a file is called as a text is."""
    return _TEXT.fullmatch(name.rpartition("/")[2]) is not None


def class_folders(names: Sequence[str]) -> ClassFolders:
    """Return parts and classes of the texts among `names`: relative, with slashes."""
    texts = [at for at, name in enumerate(names) if is_text_name(name)]
    above = {folder for at in texts for folder in _above(names[at].rpartition("/")[0])}
    places = [at for at in texts if names[at].rpartition("/")[0] not in above]
    laid_out = layout(_with_plain_parts([names[at] for at in places]))
    parts: dict[str, list[tuple[int, str]]] = {}
    unlabelled: Counter[str] = Counter()
    loose = [names[at] for at in texts if names[at].rpartition("/")[0] in above]
    for split, found in laid_out.parts.items():
        for at, name in found:
            if name.lower() in _UNLABELLED:
                unlabelled[name] += 1
            elif name:
                parts.setdefault(split, []).append((places[at], name))
            else:
                loose.append(names[places[at]])
    return ClassFolders(parts, dict(unlabelled), tuple(loose))


def _above(folder: str) -> list[str]:
    """Return the folders that a folder lies in, "" for the one that holds all."""
    words = folder.split("/") if folder else []
    return ["/".join(words[:depth]) for depth in range(len(words))]


def _with_plain_parts(names: list[str]) -> list[str]:
    """Return the names with `20news-bydate-train` called `train`, where all top folders are called after parts."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    plain = {top: meaning(top).split for top in tops}
    if len(tops) < _LEAST or not all(plain.values()) or len(set(plain.values())) < len(tops):
        return names
    return [f"{plain[top]}/{rest}" if rest else top for top, _, rest in (name.partition("/") for name in names)]


def holds_class_folders(folder: Path, depth: int = 2) -> bool:
    """Whether two folders side by side hold little but texts, here or up to `depth` levels below. Never raises."""
    inside = [Path(entry.path) for entry in magic.first_entries(folder, _LOOK) if entry.is_dir()]
    if sum(map(_holds_texts, inside)) >= _LEAST:
        return True
    return depth > 0 and any(holds_class_folders(one, depth - 1) for one in inside)


def are_class_folders(names: Sequence[str], *, is_beginning: bool) -> bool:
    """Whether the files of an archive lie so; of a tar only the `is_beginning` is known, perhaps of one class."""
    texts = Counter(name.rpartition("/")[0] for name in names if "/" in name and is_text_name(name))
    if 2 * texts.total() < len(names):
        return False
    return sum(count >= _LEAST for count in texts.values()) >= (1 if is_beginning else _LEAST)


def _holds_texts(folder: Path) -> bool:
    files = [entry for entry in magic.first_entries(folder, _LOOK) if entry.is_file()]
    texts = [entry for entry in files if is_text_name(entry.name)]
    if len(texts) < _LEAST or 2 * len(texts) < len(files):
        return False
    start = magic.head(Path(texts[0].path))
    return b"\0" not in start and magic.image_kind(start) is None
