"""Class names that lie beside a data set, or that everybody knows."""

import re
from pathlib import Path

_FILES = ("class_names.txt", "classes.txt", "labels.txt", "names.txt")
_MOST_BYTES = 1_000_000
_KNOWN = (
    (
        re.compile("fashion", re.IGNORECASE),
        ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"),
    ),
    (
        re.compile(r"cifar[-_ ]?10(?!\d)", re.IGNORECASE),
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ),
)
_OTHER = re.compile("mnist|cifar|digits", re.IGNORECASE)


def class_names(path: Path, largest_label: int) -> tuple[str, ...]:
    """Return the class names of the data at `path` (a file or a folder), or nothing.

    A list beside the data (`classes.txt`, `labels.txt`: one name a line) comes first. The names of Fashion-MNIST and
    CIFAR-10 are only taken where the file, its folder or the folder above is called so and no label is above 9: the
    bytes do not tell Fashion-MNIST from MNIST, and wrong names are worse than numbers.
    """
    folder = path if path.is_dir() else path.parent
    for file in (folder / name for name in _FILES):
        names = _lines(file)
        if names:
            return names
    for place in dict.fromkeys((path.name, folder.name, folder.parent.name)):
        for pattern, names in _KNOWN:
            if pattern.search(place):
                return names if largest_label < len(names) else ()
        if _OTHER.search(place):  # `fashion/mnist` is MNIST
            return ()
    return ()


def _lines(file: Path) -> tuple[str, ...]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return ()
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    names = tuple(line.strip() for line in lines if line.strip())
    is_list_of_names = len(set(names)) == len(names) and not all(name.lstrip("-").isdigit() for name in names)
    return names if is_list_of_names else ()
