"""Pickles that hold nothing but containers, text, numbers and numpy arrays, read without running anything of theirs.

Python's own unpickler is used, in its slow form written in Python (the fast one sets memory aside for whatever size a
file claims), with stand-ins of this file for the few names that an array is written with. Any other name is refused
before it is looked up, so that no code of any module can be reached.
"""

import io
import pickle
import struct
from math import prod
from typing import Any, ClassVar

import numpy as np

from kdstudio.core.errors import DataError

MOST_BYTES = 2 * 1024**3
_BROKEN = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
    MemoryError, UnicodeError, RecursionError, AssertionError,
    struct.error,
)  # fmt: skip


class _Dtype:
    """What stands for numpy.dtype: its code, such as u1, and its byte order."""

    def __init__(self, code: str | bytes, *_: object) -> None:
        self.code = code.decode("ascii") if isinstance(code, bytes) else str(code)
        self.order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        self.order = order.decode("ascii") if isinstance(order, bytes) else str(order)

    def made(self) -> np.dtype:
        if self.code[:1] not in ("u", "i", "f", "b") or not self.code[1:].isdigit() or self.order not in "<>=|":
            raise ValueError(f"an array of type {self.code}")
        return np.dtype(self.order + self.code)


class _Array:
    """What stands for numpy.ndarray: shape, type, order in memory and bytes."""

    def __init__(self, *_: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state

    def made(self) -> np.ndarray:
        _, shape, dtype, is_fortran, content = self.state
        if isinstance(content, str):  # Python 2 wrote the bytes as text
            content = content.encode("latin-1")
        kind = dtype.made()
        if not all(isinstance(size, int) and size >= 0 for size in shape) or len(shape) > 8:
            raise ValueError("an array of an impossible shape")
        if prod(shape) * kind.itemsize != len(content):
            raise ValueError("an array that is cut off")
        array: np.ndarray = np.frombuffer(content, kind).reshape(shape, order="F" if is_fortran else "C")
        return array


def _from_buffer(content: Any, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.state = (1, shape, dtype, order == "F", bytes(content))
    return array


def _encoded(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"text in {encoding}")
    return text.encode("latin-1")


_CORES = ("numpy.core", "numpy._core")
_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encoded,
    **{(f"{core}.multiarray", "_reconstruct"): lambda *_: _Array() for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _from_buffer for core in _CORES},
}


class _Reader(pickle._Unpickler):
    stack: list[Any]  # what was made and is not yet used

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in; everything else is refused."""
        if (module, name) not in _KNOWN:
            raise Refused(f"{module}.{name}")
        return _KNOWN[module, name]

    def load_build(self) -> None:
        """Give a stand-in its state; nothing else has any, and functions must not get attributes."""
        state = self.stack.pop()
        value = self.stack[-1]
        if not isinstance(value, _Array | _Dtype):
            raise Refused("a state for something that has none")
        value.__setstate__(state)

    dispatch: ClassVar[dict[int, Any]] = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build}

    def persistent_load(self, pid: object) -> Any:
        """Refuse what lies outside of the file."""
        raise Refused("something outside of the file")


class Refused(pickle.UnpicklingError):
    """The pickle names something that is neither a container nor an array."""


def read(content: bytes, name: str) -> dict[str, Any]:
    """Return the dictionary in a pickle, with keys as text and arrays as numpy arrays.

    Raises DataError: damaged, not a dictionary, or a pickle that wants to run something, which is named and not run.
    """
    if len(content) > MOST_BYTES:
        raise DataError(f"{name} is larger than 2 GiB", hint="CIFAR's files are smaller. Choose another folder.")
    try:
        value = _Reader(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(value, dict):
            raise ValueError("it holds no dictionary")
        return {_text(key): item.made() if isinstance(item, _Array) else item for key, item in value.items()}
    except Refused as error:
        message = f"{name} is not opened: it names {error}, which could run code. Nothing was run"
        raise DataError(message, hint="Get the data from its source, or store it as .npz.") from error
    except _BROKEN as error:
        hint = "Copy or download the file again."
        raise DataError(f"{name} is cut off or damaged: {error or type(error).__name__}", hint=hint) from error


def _text(key: object) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
