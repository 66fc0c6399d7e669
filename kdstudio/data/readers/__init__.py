"""Readers of data sets: one file a format, found by listing this folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol

from kdstudio.core.registry import Registry
from kdstudio.data.dataset import Dataset


class Reader(Protocol):
    """What a file in this folder offers as `READER`: a class that is used without making an object of it."""

    title: ClassVar[str]  # one line for people: what can be opened

    @staticmethod
    def sniff(path: Path) -> float:
        """Return how sure it is, 0..1, that it can read `path`; by content, in a few milliseconds, never raising."""

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read the data set, or raise DataError."""


class TargetReader(Reader, Protocol):
    """A reader of data with named columns, one of which holds the classes."""

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Read the data set with the classes in the column `target`, or raise DataError."""


class PartsReader(Reader, Protocol):
    """A reader of data whose parts may lie in files of their own."""

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str) -> Dataset:
        """Read the data set with a file for each part (`train`, and `validation` or `test`), or raise DataError."""


READERS: Registry[type[Reader]] = Registry("kdstudio.data.readers", "READER")
