"""The class of each image file: from a table that names it, from its folder, or from nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import label_table, magic
from kdstudio.data.image.layout import PARTS, SPLITS, Layout, layout
from kdstudio.data.label_table import LabelTable, encode_words
from kdstudio.data.labels import Labels, listed, natural_key, no_column, unlabelled
from kdstudio.data.stores import Store

_MOST_TABLES = 40
_NEARLY_ALL = 0.9
_LABELLING = "To give labels make a folder for each class (cats/1.jpg, dogs/2.jpg), or add a table with file and label."
_REPAIR = "Repair or remove them to be rid of this message."


@dataclass(frozen=True, slots=True)
class Found:
    """Images of each part: `places` (n,) in a list, and `labels` with as many targets, -1 where there is no label.

    `target` is the column of the table that the labels come from, "" for the folders; `columns` are those of the table.
    """

    places: dict[str, np.ndarray]
    labels: Labels
    target: str = ""
    columns: tuple[str, ...] = ()


def targets(path: Path, store: Store, names: Sequence[str], wanted: str, problems: list[Problem]) -> Found:
    """Return the class of each of `names`, which are image files of a store; places count in that list.

    `wanted` is the column of a table that a person chose, or "". What was decided and what is missing is added to
    `problems`. Raises DataError.
    """
    laid_out = layout(names)
    table = _table(path, store, names, wanted)
    columns = () if table is None else tuple(dict.fromkeys((table.label_column, *table.others)))
    if wanted and (table is None or table.label_column != wanted):
        if table is None:
            raise DataError(f"there is no table with a column {wanted!r} beside these images", hint=_LABELLING)
        raise no_column(wanted, columns)
    found = None
    if table is not None and (wanted or _decides(table, laid_out, names)):
        found = _by_table(path, table, laid_out, names, problems)
    return replace(found or _by_folder(laid_out, names, problems), columns=columns)


def _table(path: Path, store: Store, names: Sequence[str], wanted: str) -> LabelTable | None:
    """Look for a table of labels among the images and then beside them."""
    inside = [at for at, name in enumerate(store.names) if name.lower().endswith(label_table.SUFFIXES)]
    inside.sort(key=lambda at: (store.names[at].lower().endswith(".txt"), store.names[at].count("/")))

    def reading(at: int) -> Callable[[], bytes]:
        def read() -> bytes:
            with store.access() as access:
                return access.read(at) if store.size(at) <= label_table.MOST_BYTES else b""

        return read

    called = [f"{path.name}/{name}" for name in names]  # a table may name the folder itself, too
    seen = label_table.find([(store.names[at], reading(at)) for at in inside[:_MOST_TABLES]], called, wanted)
    if seen is None:
        beside = [file for file in magic.few_files(path.parent) if file.suffix.lower() in label_table.SUFFIXES]
        small = [file for file in beside[:_MOST_TABLES] if file.stat().st_size <= label_table.MOST_BYTES]
        seen = label_table.find([(file.name, file.read_bytes) for file in small], called, wanted)
    if seen is None:
        return None
    cut = len(path.name) + 1
    return replace(
        seen,
        labels={file[cut:]: label for file, label in seen.labels.items()},
        splits={file[cut:]: split for file, split in seen.splits.items()},
    )


def _decides(table: LabelTable, laid_out: Layout, names: Sequence[str]) -> bool:
    """Whether the table and not the folders says the class: there are no classes, or nearly all images have another."""
    if len(laid_out.classes) < 2:
        return True
    both = [(folder, table.labels.get(names[at], "")) for at, folder in laid_out.parts["train"] if folder]
    labelled = [(folder, label) for folder, label in both if label]
    if len(labelled) < _NEARLY_ALL * len(both):
        return False
    pairs = set(labelled)
    return len(pairs) > max(len({folder for folder, _ in pairs}), len({label for _, label in pairs}))


def _by_table(
    path: Path, table: LabelTable, laid_out: Layout, names: Sequence[str], problems: list[Problem]
) -> Found | None:
    places = {split: np.array([at for at, _ in rows], dtype=np.int64) for split, rows in laid_out.parts.items()}
    if set(table.splits.values()) & {name for name, split in SPLITS.items() if split == "train"}:
        of = [SPLITS.get(table.splits.get(name, ""), "train") for name in names]
        places = {split: np.array([at for at, s in enumerate(of) if s == split], dtype=np.int64) for split in PARTS}
    written = {split: [table.labels.get(names[at], "") for at in rows] for split, rows in places.items()}
    if not any(written["train"]):
        return None
    labels = encode_words(path, written)
    also = f" {listed(table.others)} could be labels too." if table.others else ""
    message = f"labels are taken from {table.name}, column {table.label_column}"
    problems.append(Problem(message=message, hint=f"Files are named by {table.file_column}.{also}", severity="note"))
    bare = sum(words.count("") for split, words in written.items() if any(words))
    if bare:
        message = f"{bare:,} images are not named in {table.name}: they have no label"
        problems.append(Problem(message=message, hint="Add them to the table, or remove them.", severity="warning"))
    if table.missing:
        message = f"{len(table.missing):,} rows of {table.name} name files that are not there: {listed(table.missing)}"
        problems.append(Problem(message=message, hint="Copy the missing images.", severity="warning"))
    return Found({split: rows for split, rows in places.items() if len(rows)}, labels, table.label_column)


def _by_folder(laid_out: Layout, names: Sequence[str], problems: list[Problem]) -> Found:
    """Take the class from the folder; without two class folders there are no labels."""
    classes = sorted(laid_out.classes, key=natural_key)
    if len(classes) < 2:
        places = {split: np.array([at for at, _ in rows], dtype=np.int64) for split, rows in laid_out.parts.items()}
        problems.append(unlabelled(_LABELLING))
        targets = {split: np.full(len(rows), -1, dtype=np.int64) for split, rows in places.items()}
        return Found(places, Labels(targets, ()))
    number = {name: i for i, name in enumerate(classes)}
    _tell_left_out(laid_out, number, names, problems)
    known = {
        split: sorted(
            ((at, number[name]) for at, name in rows if name in number), key=lambda row: (row[1], names[row[0]])
        )
        for split, rows in laid_out.parts.items()
    }
    places = {split: np.array([at for at, _ in rows], dtype=np.int64) for split, rows in known.items()}
    targets = {split: np.array([target for _, target in rows], dtype=np.int64) for split, rows in known.items()}
    return Found(places, Labels(targets, tuple(classes), _order_note(classes)))


def _tell_left_out(laid_out: Layout, number: dict[str, int], names: Sequence[str], problems: list[Problem]) -> None:
    unknown = [
        f"{split}/{name}" for split, rows in laid_out.parts.items() for _, name in rows if name and name not in number
    ]
    if unknown:
        which = listed(list(dict.fromkeys(unknown)))
        problems.append(left_out(len(unknown), "belong to classes without training images", [which]))
    loose = [names[at].rpartition("/")[2] for rows in laid_out.parts.values() for at, name in rows if not name]
    if loose:
        problems.append(left_out(len(loose), "lie beside the class folders", loose))
    if laid_out.unused:
        message = f"beside the parts there are folders of images that are not used: {listed(laid_out.unused)}"
        problems.append(Problem(message=message, severity="warning"))


def _order_note(names: Sequence[str]) -> tuple[Problem, ...]:
    if list(names) == sorted(names):
        return ()
    hint = "A teacher whose accuracy is near chance may have been trained with the classes in another order."
    message = f"classes are counted in natural order ({listed(names)}); torchvision's ImageFolder counts them otherwise"
    return (Problem(message=message, hint=hint, severity="note"),)


def left_out(count: int, why: str, names: Sequence[str]) -> Problem:
    """Return a warning about images that are not used; `why` completes "… images left out that …"."""
    noun = "image" if count == 1 else "images"
    message = f"{count:,} {noun} left out that {why}: {listed(names)}"
    return Problem(message=message, hint=_REPAIR, severity="warning")
