"""Parquet and Arrow files with a column of images, as Hugging Face datasets writes them, in one file or in a folder.

https://huggingface.co/docs/datasets: an image is a struct of `bytes` and `path`; the names of classes stand in the
file's own metadata, or in dataset_info.json beside it; parts are told by the names of files and folders.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.column_files import Blocks, ColumnFile, is_column_file, open_file
from kdstudio.data.column_labels import column_labels
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.image.files import Encoded, EncodedImages, Shape, common_shape
from kdstudio.data.image.layout import PARTS, SPLITS
from kdstudio.data.image.pictures import measure
from kdstudio.data.labels import AUTO, empty_classes, listed

_SAMPLE = 64
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})")
_MOST_FILES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ColumnImages(EncodedImages):
    """Inputs in a column of encoded images."""

    blocks: Blocks
    shape: Shape

    def __len__(self) -> int:
        return len(self.blocks)

    def encoded(self, rows: np.ndarray) -> Encoded:
        """Return what gives the values of the column, which are read at once."""
        values = self.blocks.values(rows)
        return lambda mine: ((_bytes(values[i]), self.blocks.name(int(rows[i]))) for i in mine)


class ImageColumnsReader:
    """Reads Parquet and Arrow files with images."""

    title: ClassVar[str] = "Parquet or Arrow files with a column of images (Hugging Face)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure where the first file has a column of images."""
        files = [path] if path.is_file() else _files(path, most=1)
        if not files or not is_column_file(files[0]):
            return 0.0
        try:
            return 0.95 if _image_column(open_file(files[0])) else 0.0
        except DataError:
            return 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """Open all files without reading their images; labels are read whole."""
        return ImageColumnsReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Do so with the classes in the column `target`."""
        problems: list[Problem] = []
        return _dataset(path, _parts(path, problems), target, problems)

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str) -> Dataset:
        """Do so with a file for each part."""
        return _dataset(files["train"], {part: [open_file(file)] for part, file in files.items()}, target, [])


READER = ImageColumnsReader


def _dataset(path: Path, parts: dict[str, list[ColumnFile]], target: str, problems: list[Problem]) -> Dataset:
    _check_columns(parts)
    first = next(iter(parts["train"]))
    column = _image_column(first)
    if not column:
        raise DataError(f"{first.path.name} has no column of images", hint="Choose another file.")
    blocks = {split: Blocks(files, column) for split, files in parts.items()}
    blocks = {split: block for split, block in blocks.items() if len(block)}
    if "train" not in blocks:
        raise DataError(f"{path.name} has no rows to train on", hint="Download the files again.")
    looks = [look for value in blocks["train"].sample(_SAMPLE) if (look := measure(_bytes(value)))]
    if not looks:
        raise DataError(f"the images in {first.path.name} cannot be decoded", hint="Download the file again.")
    shape = common_shape(looks, problems)
    wanted = "" if target == AUTO else target
    found = column_labels(path, {split: parts[split] for split in blocks}, column, wanted, problems)
    labels = found.labels
    made = {split: Part.whole(ColumnImages(block, shape), labels.targets[split]) for split, block in blocks.items()}
    files = tuple(sorted(str(file.path) for part in parts.values() for file in part))
    form = "parquet" if first.metadata is not None else "Arrow"
    dataset = Dataset(path, f"{form} images", labels.class_names, made, files=files, task=labels.task)
    problems += labels.problems
    problems += empty_classes(dataset.class_counts(), labels.class_names) if labels.class_names else ()
    return replace(dataset, problems=tuple(problems), target=found.target, columns=found.columns)


def _bytes(value: Any) -> bytes:
    """Return the encoded image in a value; nothing where there is none, which no decoder takes for an image."""
    content = value.get("bytes") if isinstance(value, dict) else value
    return content if isinstance(content, bytes) else b""


def _image_column(file: ColumnFile) -> str:
    """Return the name of the column of images, told by what datasets wrote or by its first value; or nothing."""
    from pyarrow import types

    features = file.features()
    for field in file.schema:
        is_struct = types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
        if not (is_struct or types.is_binary(field.type) or types.is_large_binary(field.type)):
            continue
        feature = features.get(field.name)
        kind = feature.get("_type") if isinstance(feature, dict) else None
        if kind is not None and kind != "Image":
            continue
        values = file.beginning(0, field.name, 1) if file.rows else []
        if kind == "Image" or any(magic.image_kind(_bytes(value)[:16]) for value in values):
            return str(field.name)
    return ""


def _files(folder: Path, most: int = _MOST_FILES) -> list[Path]:
    """Return the Parquet or Arrow files in a folder and three levels below it, sorted; stops looking after `most`."""
    found: list[Path] = []
    level = [folder]
    for _ in range(4):
        found += sorted(file for place in level for file in _column_files(place))
        if len(found) >= most:
            return found[:most]
        level = [inside for place in level for inside in _folders(place)][:200]
    return found


def _column_files(folder: Path) -> list[Path]:
    endings = (".parquet", ".arrow", ".pq")
    names = [entry.name for entry in _entries(folder) if entry.name.lower().endswith(endings)]
    return [folder / name for name in names if not name.startswith("cache-")]


def _folders(folder: Path) -> list[Path]:
    return sorted(Path(entry.path) for entry in _entries(folder) if entry.is_dir())


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:  # ten times as fast as pathlib: there may be 100,000 images
            return [entry for entry in entries if magic.is_visible(entry.name)]
    except OSError:
        return []


def _split(file: Path, root: Path) -> tuple[str, str]:
    """Return (part that the file belongs to, or nothing; the folders that do not say it: the configuration)."""
    folders = list(file.relative_to(root).parts[:-1])
    word = re.split(r"[-_.\d]", file.stem.lower())[0]
    split = SPLITS.get(word, "")
    for i in range(len(folders) - 1, -1, -1):
        if not split and folders[i].lower() in SPLITS:
            split = SPLITS[folders.pop(i).lower()]
    return split, "/".join(folders)


def _parts(path: Path, problems: list[Problem]) -> dict[str, list[ColumnFile]]:
    """Return the files of each part, `train` first."""
    is_shard = path.is_file() and _SHARD.search(path.name)
    root = path.parent if path.is_file() else path
    paths = _files(root) if path.is_dir() else _column_files(root) if is_shard else [path]
    named = {file: _split(file, root) for file in sorted(paths) if is_column_file(file)}
    configurations = sorted({configuration for _, configuration in named.values()})
    if len(configurations) > 1:
        hint = "Choose the folder of one of them."
        raise DataError(f"{path.name} holds several configurations: {listed(configurations)}", hint=hint)
    if all(split != "train" for split, _ in named.values()):  # one file, or only a test part: that is what there is
        only = sorted({split for split, _ in named.values()}, key=lambda split: (split == "test", split))[:1]
        named = {file: ("train" if split in only else split, "") for file, (split, _) in named.items()}
    unused = [file.name for file, (split, _) in named.items() if not split]
    if unused:
        message = f"{len(unused):,} files belong to no part and are not used: {listed(unused)}"
        problems.append(Problem(message=message, hint="Call them train-1.parquet or the like.", severity="warning"))
    parts = {split: [open_file(file) for file in named if named[file][0] == split] for split in PARTS}
    _tell_missing_shards(list(named), problems)
    return {split: files for split, files in parts.items() if files}


def _check_columns(parts: Mapping[str, Sequence[ColumnFile]]) -> None:
    first = parts["train"][0]
    for file in (file for part in parts.values() for file in part):
        if file.schema.names != first.schema.names:
            message = f"{file.path.name} has other columns than {first.path.name}"
            raise DataError(message, hint="Keep only files that belong together in the folder.", where=str(file.path))


def _tell_missing_shards(files: Sequence[Path], problems: list[Problem]) -> None:
    families: dict[tuple[Path, str, int], set[int]] = {}
    for file in files:
        found = _SHARD.search(file.name)
        if found:
            family = (file.parent, file.name[: found.start()], int(found[2]))
            families.setdefault(family, set()).add(int(found[1]))
    for (_, name, count), there in families.items():
        if len(there) < count:
            message = f"{count - len(there)} of the {count} files of {name} are missing"
            problems.append(Problem(message=message, hint="Download the others too.", severity="warning"))
