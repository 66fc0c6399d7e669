"""What inputs can be filtered by: names, numbers, marks, words in a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

ANY = ""  # the key of a word without a key


@dataclass(frozen=True, slots=True)
class Names:
    """`key:NAME`: `has` says of some `names`, by their places, which inputs have any of them, (N,) bool."""

    help: str
    names: tuple[str, ...]
    has: Callable[[list[int]], np.ndarray]
    kind: str = "name"  # what one of the names is: "class"


@dataclass(frozen=True, slots=True)
class Number:
    """`key>0.5`: the number of each input, (N,), computed when it is first asked for."""

    help: str
    values: Callable[[], np.ndarray]


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that stands alone: whether each input is so, (N,) bool."""

    help: str
    has: np.ndarray


@dataclass(frozen=True, slots=True)
class Words:
    """`key:TEXT`: which inputs contain a text, (N,) bool."""

    help: str
    has: Callable[[str], np.ndarray]


Field = Names | Number | Mark | Words
Fields = Mapping[str, Field]
