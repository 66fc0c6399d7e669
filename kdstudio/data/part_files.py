"""Several files that are the parts of one data set, told by their names: `train.tsv` and `test.tsv`."""

import re
from collections.abc import Sequence
from pathlib import Path

from kdstudio.data.array_files import meaning

_WITH_SIBLINGS = ("idx", "cifar")  # readers that find the other files of a set beside the one that they are given
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.")
_APART = ("text", "table", "arrays", "image columns")  # formats whose parts may lie in files of their own


def find_siblings(paths: Sequence[Path], format: str) -> bool:
    """Whether the reader of the first file takes the others along by itself, so that it is enough to name one."""
    if len({path.parent for path in paths}) > 1:
        return False
    are_npy = format == "arrays" and all(path.suffix.lower() == ".npy" for path in paths)
    are_shards = format == "image columns" and all(_SHARD.search(path.name) for path in paths)
    return format in _WITH_SIBLINGS or are_npy or are_shards


def parts_by_name(paths: Sequence[Path], format: str) -> dict[str, Path]:
    """Return the file of each part, `train` first; nothing where the names do not tell one part for each.

    A file that names no part is training where the others are the rest, as `adult.data` beside `adult.test`.
    """
    if format not in _APART or len(paths) < 2 or any(path.is_dir() for path in paths):
        return {}
    named = {path: meaning(path.name).split for path in paths}
    if "train" not in named.values():
        named = {path: split or "train" for path, split in named.items()}
    found = {split: path for path, split in named.items()}
    is_clear = "train" in found and "" not in found and len(found) == len(paths)
    return {part: found[part] for part in ("train", "validation", "test") if part in found} if is_clear else {}
