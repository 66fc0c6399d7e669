"""Libraries that the system lacks are named with the packages that have them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kdstudio.core.checkup import qt_libraries
from kdstudio.core.checkup.qt_libraries import libraries, needed_and_missing, plugin

README = Path(__file__).parents[3] / "README.md"
needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None or shutil.which("ldd") is None, reason="needs gcc and ldd"
)


def build(file: Path, *arguments: str) -> None:
    """Make a library that has nothing in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    source = file.with_suffix(".c")
    source.write_text("int nothing;")
    subprocess.run(["gcc", "-shared", "-Wl,--no-as-needed", "-o", file, source, *arguments], check=True)


@needs_compiler
def test_that_a_window_without_its_libraries_names_them_and_their_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, folder = tmp_path / "libkdstudio-gone.so.9", tmp_path / "PySide6"
    build(gone, "-Wl,-soname,libkdstudio-gone.so.9")
    build(folder / "Qt" / "plugins" / "platforms" / "libqxcb.so", str(gone))
    gone.unlink()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setitem(qt_libraries._PACKAGES, "libkdstudio-gone.so.9", "libkdstudio9")
    (found,) = libraries(folder)
    assert found.severity == "error"
    assert "libkdstudio-gone.so.9" in found.value
    assert found.hint == "apt-get install libkdstudio9"
    monkeypatch.delenv("DISPLAY")
    assert libraries(folder)[0].severity == "note"  # nobody opens a window here
    monkeypatch.delitem(qt_libraries._PACKAGES, "libkdstudio-gone.so.9")
    assert "packages of your system" in libraries(folder)[0].hint


@needs_compiler
def test_that_what_needs_nothing_misses_nothing(tmp_path: Path) -> None:
    build(tmp_path / "whole.so")
    assert needed_and_missing(tmp_path / "whole.so") == []


def test_that_the_packages_of_the_readme_are_those_that_are_named() -> None:
    told = (
        README.read_text(encoding="utf-8").split("apt-get install", 1)[1].split("```", 1)[0].replace("\\", " ").split()
    )
    assert set(told) <= set(qt_libraries._PACKAGES.values())


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"QT_QPA_PLATFORM": "xcb:arguments"}, "xcb"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wayland"),
        ({"DISPLAY": ":0"}, "xcb"),
        ({}, ""),
    ],
)
def test_that_the_plugin_is_the_one_that_qt_would_take(
    said: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in said.items():
        monkeypatch.setenv(variable, value)
    assert plugin() == name
