"""Files and folders that are whole at every instant."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from kdstudio.core import files
from kdstudio.core.files import newest_whole, replace_folder, write_array, write_bytes, write_json


class Killed(BaseException):
    """Stands for a kill: nothing that catches Exception may run."""


def put(text: str):
    return lambda folder: write_bytes(folder / "state", text.encode())


def read(folder: Path) -> str:
    whole = newest_whole(folder)
    assert whole is not None
    return (whole / "state").read_text()


def test_that_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "ä ö.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"a": float("nan")})
    assert path.read_text() == '{\n "a": 1\n}\n'
    assert [file.name for file in tmp_path.iterdir()] == ["ä ö.json"]


def test_that_an_array_comes_back(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float16).reshape(2, 3)
    write_array(tmp_path / "deep" / "a.npy", array)
    assert np.array_equal(np.load(tmp_path / "deep" / "a.npy"), array)


@pytest.mark.parametrize("first", [True, False])
def test_that_a_folder_is_whole_whatever_call_to_the_system_is_the_last(
    tmp_path: Path, monkeypatch, first: bool
) -> None:
    """Kill at every rename, fsync and removal in turn: what is found is the old content or the new one."""
    calls = 0
    while True:
        folder = tmp_path / f"{first}-{calls}" / "last"
        folder.parent.mkdir()
        if not first:
            replace_folder(folder, put("old"))
        left = calls

        def counted(real):
            def call(*args, **kwargs):
                nonlocal left
                if left == 0:
                    raise Killed
                left -= 1
                return real(*args, **kwargs)

            return call

        with monkeypatch.context() as patch:
            for module, name in ((os, "replace"), (os, "fsync"), (files.shutil, "rmtree")):
                patch.setattr(module, name, counted(getattr(module, name)))
            try:
                replace_folder(folder, put("new"))
                finished = True
            except Killed:
                finished = False
        if finished:
            assert read(folder) == "new"
            assert calls > 5
            return
        if newest_whole(folder) is None:
            assert first
        else:
            assert read(folder) in ({"new"} if first else {"old", "new"})
            replace_folder(folder, put("next"))
            assert read(folder) == "next"
            assert not folder.with_name("last.new").exists()
        calls += 1


def test_that_a_torn_copy_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "last"
    replace_folder(folder, put("good"))
    torn = tmp_path / "last.new"
    torn.mkdir()
    (torn / "state").write_text("half")
    (torn / files.DIGEST).write_text("0" * 64)
    assert read(folder) == "good"
    (folder / "state").write_text("damaged")
    assert newest_whole(folder) is None


def test_that_the_copy_before_is_found_where_the_last_one_was_damaged_later(tmp_path: Path) -> None:
    folder = tmp_path / "last"
    for text in ("first", "second", "third"):
        replace_folder(folder, put(text))
    (folder / "state").write_text("thirt")
    assert read(folder) == "second"
    replace_folder(folder, put("fourth"))
    assert read(folder) == "fourth"


def test_that_what_cannot_be_read_back_replaces_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "last"
    replace_folder(folder, put("good"))

    def prove(new: Path) -> None:
        raise ValueError((new / "state").read_text())

    with pytest.raises(ValueError, match="bad"):
        replace_folder(folder, put("bad"), prove)
    assert read(folder) == "good"


def test_that_the_oldest_copy_makes_room_on_a_full_disk(tmp_path: Path) -> None:
    folder = tmp_path / "last"
    replace_folder(folder, put("first"))
    replace_folder(folder, put("second"))
    tries = []

    def fill(new: Path) -> None:
        tries.append(folder.with_name("last.previous").exists())
        if tries[-1]:
            raise OSError(errno.ENOSPC, "No space left on device")
        put("third")(new)

    replace_folder(folder, fill)
    assert tries == [True, False]
    assert read(folder) == "third"


def test_that_a_disk_that_stays_full_leaves_the_last_copy_and_nothing_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "last"
    replace_folder(folder, put("first"))

    def fill(new: Path) -> None:
        put("half")(new)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="space"):
        replace_folder(folder, fill)
    assert read(folder) == "first"
    assert not folder.with_name("last.new").exists()
