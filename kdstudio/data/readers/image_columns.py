"""Parquet and Arrow files with a column of images, as Hugging Face datasets writes them, in one file or in a folder.

https://huggingface.co/docs/datasets: an image is a struct of `bytes` and `path`; the names of classes stand in the
file's own metadata, or in dataset_info.json beside it; parts are told by the names of files and folders.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.column_files import Blocks, ColumnFile, is_column_file, open_file
from kdstudio.data.column_labels import column_labels
from kdstudio.data.dataset import Dataset, Kind, Part
from kdstudio.data.image.files import Shape, common_shape, decode_all
from kdstudio.data.image.layout import PARTS, SPLITS
from kdstudio.data.image.pictures import decode, measure
from kdstudio.data.labels import empty_classes, listed

_SAMPLE = 64
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})")
_MOST_FILES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ColumnImages:
    """Inputs in a column of encoded images, each brought to `shape` (c, H, W) as uint8 when it is read."""

    blocks: Blocks
    shape: Shape
    kind: ClassVar[Kind] = "image"

    @property
    def dtype(self) -> np.dtype:
        """Always uint8."""
        return np.dtype(np.uint8)

    def __len__(self) -> int:
        return len(self.blocks)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the inputs of these rows, (n, c, H, W); raises DataError that names a row it cannot decode."""
        rows = np.asarray(rows, dtype=np.int64)
        values = self.blocks.values(rows)

        def decoded(mine: range) -> Iterator[np.ndarray]:
            for i in mine:
                yield decode(_bytes(values[i]), self.shape, self.blocks.name(int(rows[i])))

        return decode_all(len(rows), self.shape, decoded)


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
        problems: list[Problem] = []
        parts = _parts(path, problems)
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
        labels = column_labels(path, {split: parts[split] for split in blocks}, column, problems)
        made = {split: Part.whole(ColumnImages(block, shape), labels.targets[split]) for split, block in blocks.items()}
        files = tuple(sorted(str(file.path) for part in parts.values() for file in part))
        form = "parquet" if first.metadata is not None else "Arrow"
        dataset = Dataset(path, f"{form} images", labels.class_names, made, files=files)
        problems += labels.problems
        problems += empty_classes(dataset.class_counts(), labels.class_names) if labels.class_names else ()
        return Dataset(path, dataset.format, labels.class_names, made, tuple(problems), files)


READER = ImageColumnsReader


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
    try:
        names = [entry for entry in folder.iterdir() if entry.suffix in (".parquet", ".arrow", ".pq")]
    except OSError:
        return []
    return [file for file in names if magic.is_visible(file.name) and not file.name.startswith("cache-")]


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir() and magic.is_visible(entry.name))
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
    first = parts["train"][0]
    for file in (file for part in parts.values() for file in part):
        if file.schema.names != first.schema.names:
            message = f"{file.path.name} has other columns than {first.path.name}"
            raise DataError(message, hint="Keep only files that belong together in the folder.", where=str(file.path))
    return {split: files for split, files in parts.items() if files}


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
