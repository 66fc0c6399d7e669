"""Part and class of each sound file: from folders, from a table, from the file names, or neither."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import label_table, magic
from kdstudio.data.image.layout import PARTS, SPLITS, Layout, layout
from kdstudio.data.label_table import LabelTable, encode_words
from kdstudio.data.labels import Labels, listed, natural_key
from kdstudio.data.sound import name_pattern
from kdstudio.data.stores import Store

_MOST_TABLES = 40
_LISTS = {"validation_list.txt": "validation", "testing_list.txt": "test"}  # as Speech Commands names its parts
_OWN_TABLE = "To choose freely put a table labels.csv with the columns file and label beside the sounds."


@dataclass(frozen=True, slots=True)
class Labelled:
    """Sounds of each part: `rows` are places in the list of names, `labels` has their classes."""

    rows: dict[str, np.ndarray]
    labels: Labels


def labelled(path: Path, store: Store, names: Sequence[str], wanted: str, problems: list[Problem]) -> Labelled:
    """Return parts and classes of the sounds called `names` in the store, and add to `problems` how they were found.

    Class folders come first, then a table, then a part of the names. `wanted` is what a person chose: a column of the
    table, or a part of the names (`second`). Raises DataError: not there, or labels of no classification.
    """
    laid_out = layout(names)
    split = _parts(store, laid_out, names, problems)
    table = _table(path, store, names, wanted) if wanted or len(laid_out.classes) < 2 else None
    if wanted and (table is None or table.label_column != wanted):
        table = None
        if name_pattern.propose(names, wanted) is None:
            hint = 'Write the name of a column, or the place of a part of the file names: "first", "second".'
            raise DataError(f"the class of these sounds is not found in {wanted!r}", hint=hint)
    if table is not None:
        words = [table.labels.get(name, "") for name in names]
        if set(table.splits.values()) & {word for word, part in SPLITS.items() if part == "train"}:
            split = [SPLITS.get(table.splits.get(name, ""), "train") for name in names]
        _tell_table(table, words, problems)
    elif len(laid_out.classes) >= 2 and not wanted:
        words = _folders(laid_out, len(names), problems)
    else:
        words, split = _from_names(names, wanted, split, problems)
    rows = {part: np.array([i for i, at in enumerate(split) if at == part], dtype=np.int64) for part in PARTS}
    rows = {part: places for part, places in rows.items() if len(places) or part == "train"}
    written = {part: [words[i] for i in places] for part, places in rows.items()}
    return Labelled(rows, encode_words(path, written) if table is not None else _named(written))


def _parts(store: Store, laid_out: Layout, names: Sequence[str], problems: list[Problem]) -> list[str]:
    """Return the part of each sound: by its folder, or by the lists that lie among the sounds."""
    split = [""] * len(names)
    for part, rows in laid_out.parts.items():
        for at, _ in rows:
            split[at] = part
    if laid_out.unused:
        message = f"beside the parts there are folders of sounds that are not used: {listed(laid_out.unused)}"
        problems.append(Problem(message=message, severity="warning"))
    lists = {at: _LISTS[name.rpartition("/")[2]] for at, name in enumerate(store.names) if _is_list(store, at)}
    if len(laid_out.parts) > 1 or not lists:
        return split
    place = {name.removeprefix(laid_out.wrapper): i for i, name in enumerate(names)}
    for at, part in lists.items():
        with store.access() as access:
            lines = access.read(at).decode("utf-8", "replace").splitlines()
        for line in lines:
            if line.strip() in place:
                split[place[line.strip()]] = part
    told = listed([store.names[at].rpartition("/")[2] for at in lists])
    problems.append(Problem(message=f"the parts are those of {told}", severity="note"))
    return split


def _is_list(store: Store, at: int) -> bool:
    return store.names[at].rpartition("/")[2] in _LISTS and store.size(at) <= label_table.MOST_BYTES


def _table(path: Path, store: Store, names: Sequence[str], wanted: str) -> LabelTable | None:
    """Look for a table of labels among the sounds and then beside them."""

    def reading(at: int) -> Callable[[], bytes]:
        def read() -> bytes:
            with store.access() as access:
                return access.read(at) if store.size(at) <= label_table.MOST_BYTES else b""

        return read

    inside = [at for at, name in enumerate(store.names) if name.lower().endswith(label_table.SUFFIXES)]
    inside.sort(key=lambda at: store.names[at].count("/"))
    seen = label_table.find([(store.names[at], reading(at)) for at in inside[:_MOST_TABLES]], names, wanted)
    if seen is None:
        beside = [file for file in magic.few_files(path.parent) if file.suffix.lower() in label_table.SUFFIXES]
        small = [file for file in beside[:_MOST_TABLES] if file.stat().st_size <= label_table.MOST_BYTES]
        seen = label_table.find([(file.name, file.read_bytes) for file in small], names, wanted)
    return seen


def _tell_table(table: LabelTable, words: Sequence[str], problems: list[Problem]) -> None:
    message = f"labels are taken from {table.name}, column {table.label_column}"
    hint = f"Files are named by {table.file_column}." + (
        f" {listed(table.others)} could be labels too." if table.others else ""
    )
    problems.append(Problem(message=message, hint=hint, severity="note"))
    if words.count(""):
        message = f"{words.count(''):,} sounds are not named in {table.name}: they have no label"
        problems.append(Problem(message=message, hint="Add them to the table, or remove them.", severity="warning"))
    if table.missing:
        message = f"{len(table.missing):,} rows of {table.name} name files that are not there: {listed(table.missing)}"
        problems.append(Problem(message=message, hint="Copy the missing sounds.", severity="warning"))


def _folders(laid_out: Layout, count: int, problems: list[Problem]) -> list[str]:
    """Return the class folder of each sound; those of other parts only where training has that class, too."""
    words, loose, unknown = [""] * count, 0, 0
    known = set(laid_out.classes)
    for rows in laid_out.parts.values():
        for at, folder in rows:
            words[at] = folder if folder in known else ""
            loose += not folder
            unknown += bool(folder) and folder not in known
    if unknown:
        message = f"{unknown:,} sounds belong to classes without training sounds: they have no label"
        problems.append(Problem(message=message, hint="Check the names of the class folders.", severity="warning"))
    if loose:
        message = f"{loose:,} sounds lie beside the class folders: they have no label"
        problems.append(Problem(message=message, hint="Put them into a class folder.", severity="warning"))
    return words


def _from_names(
    names: Sequence[str], wanted: str, split: list[str], problems: list[Problem]
) -> tuple[list[str], list[str]]:
    """Return the label and the part of each sound as the file names tell them."""
    pattern = name_pattern.propose(names, wanted)
    if pattern is None:
        message = (
            "these sounds have no labels: a student can learn the teacher's answers to them, and accuracy stays empty"
        )
        hint = "To give labels make a folder for each class, or add a table with file and label."
        problems.append(Problem(message=message, hint=hint, severity="note"))
        return [""] * len(names), split
    also = f"It could be {pattern.others}, too: set data.target to that word. " if pattern.others else ""
    problems.append(Problem(message=f"labels are taken from {pattern.why}", hint=also + _OWN_TABLE, severity="note"))
    bare = pattern.labels.count("")
    if bare:
        message = f"{bare:,} sounds are named otherwise: they have no label"
        problems.append(Problem(message=message, hint=_OWN_TABLE, severity="warning"))
    is_test = name_pattern.official_test(names) if set(split) == {"train"} else None
    if is_test is not None:
        message = "takes 0 to 4 are the test part, as the Free Spoken Digit data set defines it"
        problems.append(Problem(message=message, severity="note"))
        split = ["test" if test else "train" for test in is_test.tolist()]
    return list(pattern.labels), split


def _named(words: dict[str, list[str]]) -> Labels:
    """Return class indices of folders or parts of names, which are classes as they are written; there may be none."""
    names = sorted({word for column in words.values() for word in column if word}, key=natural_key)
    number = {name: i for i, name in enumerate(names)} | {"": -1}
    return Labels(
        {part: np.array([number[word] for word in column], dtype=np.int64) for part, column in words.items()},
        tuple(names),
    )
