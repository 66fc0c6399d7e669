"""How images are laid out, from their names alone: parts, class folders, or neither."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

SPLITS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Layout:
    """The images of each part, `train` first: (place in the list of names, class folder or nothing).

    `unused` are folders of images beside the parts.
    """

    parts: dict[str, list[tuple[int, str]]]
    unused: tuple[str, ...] = ()
    wrapper: str = field(default="", kw_only=True)  # the folder that all of them lie in, with its slash

    @property
    def classes(self) -> list[str]:
        """The class folders of the training images, in the order in which they come."""
        return list(dict.fromkeys(name for _, name in self.parts["train"] if name))


def layout(names: Sequence[str]) -> Layout:
    """Return parts and classes of images called `names`: relative, with slashes.

    Folders that hold everything are passed through: an archive was unpacked into a folder of its own. A folder `train`
    that holds images itself is a class beside `bus` and `car`; where all folders are named after parts it is a part
    without class folders.
    """
    wrapper = _wrapper(names)
    paths = [unicodedata.normalize("NFC", name[len(wrapper) :]).split("/") for name in names]
    tops = dict.fromkeys(path[0] for path in paths if len(path) > 1)
    named = {top: SPLITS[top.lower()] for top in tops if top.lower() in SPLITS}
    flat = {path[0] for path in paths if len(path) == 2}
    train = next((top for top, split in named.items() if split == "train"), None)
    is_flat = len(named) == len(tops) > 1
    if train is None or (train in flat and not is_flat):
        return Layout({"train": [(at, _class(path)) for at, path in enumerate(paths)]}, wrapper=wrapper)
    parts: dict[str, list[tuple[int, str]]] = {split: [] for split in PARTS if split in named.values()}
    for at, path in enumerate(paths):
        if len(path) > 1 and path[0] in named:
            parts[named[path[0]]].append((at, _class(path[1:])))
        elif len(path) == 1:
            parts["train"].append((at, ""))
    return Layout(parts, tuple(top for top in tops if top not in named), wrapper=wrapper)


def _class(path: Sequence[str]) -> str:
    return path[0] if len(path) > 1 else ""


def _wrapper(names: Sequence[str]) -> str:
    """Return the folders that all names begin with, as long as no image lies directly in them."""
    wrapper = ""
    while names:
        top, slash, _ = names[0][len(wrapper) :].partition("/")
        inside = f"{wrapper}{top}/"
        if not slash or not all(name.startswith(inside) for name in names):
            return wrapper
        if any("/" not in name[len(inside) :] for name in names):
            return wrapper
        wrapper = inside
    return wrapper
