"""Image folders: a sub-folder for each class, with or without train/val/test folders on top.

Images are recognised by their content and only decoded when they are read; classes are counted in natural order.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.dataset import Dataset, FileInputs, Part
from kdstudio.data.images import check, has_image_name, measure
from kdstudio.data.labels import empty_classes, listed, natural_key, one_class

_SPLITS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_SAMPLE = 64  # images that are decoded to learn size and colour
_LOOK = 24  # entries of a folder that sniffing looks at
_LAYOUT = "Make a folder for each class and put its images inside: cats/1.jpg, dogs/2.jpg."


class ImageFolderReader:
    """Reads a folder of class folders."""

    title: ClassVar[str] = "a folder with a sub-folder of images for each class"

    @staticmethod
    def sniff(path: Path) -> float:
        """Fairly sure where sub-folders hold images; less of images without sub-folders (reading tells why not)."""
        if not path.is_dir():
            return 0.0
        inside = [Path(entry.path) for entry in _look(path)]
        if any(_holds_image(folder, depth=3) for folder in inside if folder.is_dir()):
            return 0.85
        return 0.3 if _holds_image(path, depth=0) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read the names of all images, check each at little cost, and decode a few to learn their shape."""
        problems: list[Problem] = []
        found = _find(path, problems)
        class_names = tuple(found["train"])
        found = _known_classes(found, class_names, problems)
        readable = _readable(found, problems)
        if not any(readable["train"].values()):
            raise DataError(f"none of the training images in {path.name} can be read", hint="Copy them again.")
        shape = _shape([file for part in readable.values() for files in part.values() for file in files], problems)
        parts = {
            split: _part(classes, class_names, shape) for split, classes in readable.items() if any(classes.values())
        }
        files = tuple(sorted(file for part in readable.values() for files in part.values() for file in files))
        problems += _order_note(class_names)
        dataset = Dataset(path, "image folder", class_names, parts, files=files)
        problems += empty_classes(dataset.class_counts(), class_names)
        return Dataset(path, "image folder", class_names, parts, tuple(problems), files)


READER = ImageFolderReader
_Classes = dict[str, list[str]]  # class name → files


def _find(path: Path, problems: list[Problem]) -> dict[str, _Classes]:
    """Return the files of each class of each part, `train` first."""
    folders, loose = _folders(path), _images_in(path)
    while len(folders) == 1 and not loose and _folders(folders[0]):  # an archive was unpacked into a folder of its own
        path, loose = folders[0], _images_in(folders[0])
        folders = _folders(path)
    parts = _parts(folders, problems)
    if not parts:
        classes = _classes(folders)
        if not classes:
            what = "images, but no folders that say their class" if loose else "no images"
            raise DataError(f"{path.name} holds {what}", hint=_LAYOUT)
        parts = {"train": classes}
    if loose:
        problems.append(_left_out(len(loose), "lie beside the class folders", [file.name for file in loose]))
    if len(parts["train"]) < 2:
        raise one_class(tuple(parts["train"]))
    return parts


def _parts(folders: Sequence[Path], problems: list[Problem]) -> dict[str, _Classes]:
    """Return the parts where the folders are named after parts and `train` has class folders; else nothing.

    A folder `train` that holds images itself is a class, beside `bus` and `car`.
    """
    named = {_SPLITS[folder.name.lower()]: folder for folder in folders if folder.name.lower() in _SPLITS}
    train = named.get("train")
    if train is None or _images_in(train) or not _classes(_folders(train)):
        return {}
    parts: dict[str, _Classes] = {}
    for split in ("train", "validation", "test"):
        if split not in named:
            continue
        parts[split] = _classes(_folders(named[split]))
        loose = _images_in(named[split])
        if loose:
            problems.append(_left_out(len(loose), f"of the {split} part have no class folder", [f.name for f in loose]))
    others = [folder.name for folder in folders if folder not in named.values() and _holds_image(folder, depth=3)]
    if others:
        message = f"beside the parts there are folders of images that are not used: {listed(others)}"
        problems.append(Problem(message=message, severity="warning"))
    return parts


def _classes(folders: Sequence[Path]) -> _Classes:
    """Return class name → candidate files, in natural order, without folders that hold no images."""
    classes: _Classes = {}
    for folder in sorted(folders, key=lambda folder: natural_key(folder.name)):
        files = _walk(str(folder), (os.path.realpath(folder),))
        if any(check(file) != "other" for file in files):
            classes.setdefault(unicodedata.normalize("NFC", folder.name), []).extend(files)
    return classes


def _known_classes(found: dict[str, _Classes], names: Sequence[str], problems: list[Problem]) -> dict[str, _Classes]:
    """Leave out what belongs to classes that training does not have."""
    unknown = {
        (split, name): files for split, part in found.items() for name, files in part.items() if name not in names
    }
    if unknown:
        which = listed([f"{split}/{name}" for split, name in unknown])
        count = sum(len(files) for files in unknown.values())
        problems.append(_left_out(count, "belong to classes without training images", [which]))
    return {split: {name: part.get(name, []) for name in names} for split, part in found.items()}


def _readable(found: dict[str, _Classes], problems: list[Problem]) -> dict[str, _Classes]:
    files = [file for part in found.values() for group in part.values() for file in group]
    with ThreadPoolExecutor(4, thread_name_prefix="check") as pool:
        batches = [files[i : i + 256] for i in range(0, len(files), 256)]
        verdicts = [
            verdict for batch in pool.map(lambda batch: [check(file) for file in batch], batches) for verdict in batch
        ]
    broken = [file for file, verdict in zip(files, verdicts, strict=True) if verdict == "broken"]
    good = {file for file, verdict in zip(files, verdicts, strict=True) if verdict == "image"}
    if broken:
        problems.append(_left_out(len(broken), "cannot be read", [os.path.basename(file) for file in broken]))
    return {
        split: {name: [f for f in group if f in good] for name, group in part.items()} for split, part in found.items()
    }


def _shape(files: Sequence[str], problems: list[Problem]) -> tuple[int, int, int]:
    """Return the commonest size in a sample, and one channel where all of the sample is grey."""
    sample = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, min(_SAMPLE, len(files))).astype(int))]
    measured = [seen for file in sample if (seen := measure(file))]
    if not measured:
        raise DataError("the images cannot be decoded", hint="Copy them again.", where=files[0])
    sizes = Counter((height, width) for height, width, _ in measured)
    height, width = min(sizes, key=lambda size: (-sizes[size], size))
    others = len(measured) - sizes[height, width]
    if others:
        message = f"images have different sizes: all are brought to the commonest, {width} × {height}"
        hint = f"{others} of {len(measured)} images looked at have another size and are stretched."
        problems.append(Problem(message=message, hint=hint, severity="warning"))
    return 3 if any(is_colour for _, _, is_colour in measured) else 1, height, width


def _part(classes: _Classes, class_names: Sequence[str], shape: tuple[int, int, int]) -> Part:
    files = tuple(file for name in class_names for file in classes[name])
    targets = np.repeat(np.arange(len(class_names)), [len(classes[name]) for name in class_names])
    return Part.whole(FileInputs(files, shape), targets)


def _order_note(class_names: Sequence[str]) -> list[Problem]:
    if list(class_names) == sorted(class_names):
        return []
    hint = "A teacher whose accuracy is near chance may have been trained with the classes in another order."
    message = (
        f"classes are counted in natural order ({listed(class_names)}); torchvision's ImageFolder counts them otherwise"
    )
    return [Problem(message=message, hint=hint, severity="note")]


def _left_out(count: int, why: str, names: Sequence[str]) -> Problem:
    noun = "image" if count == 1 else "images"
    message = f"{count:,} {noun} left out that {why}: {listed(names)}"
    return Problem(message=message, hint="Repair or remove them to be rid of this message.", severity="warning")


def _look(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(islice((entry for entry in entries if magic.is_visible(entry.name)), _LOOK))
    except OSError:
        return []


def _holds_image(folder: Path, *, depth: int) -> bool:
    entries = _look(folder)
    if any(entry.is_file() and _may_be_image(Path(entry.path)) for entry in entries):
        return True
    return depth > 0 and any(_holds_image(Path(e.path), depth=depth - 1) for e in entries if e.is_dir())


def _may_be_image(path: Path) -> bool:
    return has_image_name(path.name) or magic.image_kind(magic.head(path, 16)) is not None


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(e.path) for e in entries if magic.is_visible(e.name) and e.is_dir())


def _images_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        files = sorted(Path(e.path) for e in entries if magic.is_visible(e.name) and e.is_file())
    return [file for file in files if _may_be_image(file)]


def _walk(folder: str, above: tuple[str, ...]) -> list[str]:
    """Return the visible files below a folder, sorted; links are followed, but not in circles."""
    files: list[str] = []
    with os.scandir(folder) as entries:
        visible = sorted((e for e in entries if magic.is_visible(e.name)), key=lambda entry: entry.name)
    for entry in visible:
        if entry.is_dir():
            real = os.path.realpath(entry.path)
            files += [] if real in above else _walk(entry.path, (*above, real))
        elif entry.is_file():
            files.append(entry.path)
    return files
