"""Folders that cannot be written to are found, whatever their permissions say."""

import os
import sys
from pathlib import Path

import pytest

from kdstudio.core.checkup.computer import computer, folders, size_told


def test_that_folders_that_do_not_exist_yet_are_fine_where_they_can_be_made(own_home: Path) -> None:
    found = {one.name: one for one in folders()}
    assert set(found) >= {"Settings", "Cache", "Projects", "Crash reports", "Temporary files"}
    assert str(own_home) in found["Settings"].value
    assert "free" in found["Settings"].value
    assert not any(one.severity == "error" for one in found.values())
    assert not (own_home / "xdg_config_home" / "kdstudio").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the folders are named by XDG")
def test_that_a_folder_that_cannot_be_written_to_is_an_error(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_home / "a file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_home / "a file"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/kdstudio")
    found = {one.name: one for one in folders()}
    assert found["Cache"].severity == "error"
    assert found["Settings"].severity == "error"
    assert "cannot be written to" in found["Settings"].value
    assert "XDG_CONFIG_HOME" in found["Settings"].hint


def test_that_a_missing_compiler_is_a_note_and_what_the_environment_says_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = {one.name: one for one in computer()}
    assert found["C++ compiler"].severity == "note"
    assert "compile" in found["C++ compiler"].hint
    assert found["OMP_NUM_THREADS"].value == "3"
    assert f"of {os.cpu_count()}" in found["Processor"].value or f"{os.cpu_count()} thread" in found["Processor"].value


def test_that_sizes_are_told_in_words() -> None:
    assert size_told(3.26e9) == "3.3 GB"
    assert size_told(12_400_000) == "12 MB"
