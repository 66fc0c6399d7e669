"""Plain copies of packed tars: which are kept, and which go."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from kdstudio.data.stores import unpacked
from kdstudio.data.stores.tars import TarStore


@pytest.fixture(autouse=True)
def copies(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the copies, in a process that has opened none, with room for three."""
    monkeypatch.setattr(unpacked, "_in_use", set())
    monkeypatch.setattr(unpacked, "_MOST_BYTES", 3 * 10_240)  # tarfile pads to 10,240 bytes
    return cache / "archives"


def write_packed(path: Path, content: bytes = b"abc") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return path


def leave(copies: Path, name: str, used: int) -> Path:
    """Leave a copy as another process would have done, last used at a time in seconds."""
    copies.mkdir(parents=True, exist_ok=True)
    file = copies / name
    file.write_bytes(bytes(10_240))
    os.utime(file, (used, used))
    return file


def read(store: TarStore) -> bytes:
    with store.access() as access:
        return access.read(0)


def test_that_the_copies_used_longest_ago_go(copies, tmp_path):
    old, middle, young = (leave(copies, f"{used}.tar", used) for used in (100, 200, 300))
    torn = leave(copies, "torn.9-9.new", 50)
    store = TarStore.open(write_packed(tmp_path / "a.tar.gz"))
    assert [file.exists() for file in (old, middle, young, torn, store.plain)] == [False, True, True, False, True]


def test_that_a_copy_that_this_process_has_opened_stays(copies, tmp_path):
    first = TarStore.open(write_packed(tmp_path / "first.tar.gz", b"first"))
    os.utime(first.plain, (1, 1))
    others = [leave(copies, f"{used}.tar", used) for used in (2, 3, 4)]
    TarStore.open(write_packed(tmp_path / "second.tar.gz"))
    assert read(first) == b"first"
    assert [file.exists() for file in others] == [False, True, True]


def test_that_a_copy_counts_as_used_when_it_is_opened_again(copies, tmp_path):
    path = write_packed(tmp_path / "a.tar.gz")
    plain = TarStore.open(path).plain
    os.utime(plain, (1, 1))
    assert TarStore.open(path).plain == plain
    assert plain.stat().st_mtime > 1


def test_that_a_copy_that_somebody_deleted_is_made_again(tmp_path):
    store = TarStore.open(write_packed(tmp_path / "a.tar.gz", b"again"))
    store.plain.unlink()
    assert read(store) == b"again"
