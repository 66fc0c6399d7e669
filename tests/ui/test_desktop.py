"""The entry of a Linux desktop: valid, removed to the last file, and starting what was installed."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

from kdstudio.app import DESKTOP_NAME, main
from kdstudio.ui import desktop
from kdstudio.ui.desktop import ID, SIZES, install_files, quoted, starter, uninstall_files

linux = pytest.mark.skipif(sys.platform != "linux", reason="desktop entries belong to Linux")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for programs, types and icons with kdstudio in it, and a file of another program."""
    other = tmp_path / "data" / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\n")
    install_files(tmp_path / "data")
    return tmp_path / "data"


def entry(home: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(home / "applications" / f"{ID}.desktop", encoding="utf-8")
    return found


def split(line: str) -> list[str]:
    """Read a value of Exec as a desktop does: undo the escapes of strings, then those of quoted arguments."""
    text = line.replace("\\\\", "\\")
    words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', text)
    return [re.sub(r"\\(.)", r"\1", word[1:-1]) if word[0] == '"' else word for word in words]


def test_that_the_entry_starts_what_is_installed_with_the_files_that_are_opened(home: Path) -> None:
    found = entry(home)["Desktop Entry"]
    program, arguments = starter()
    assert split(found["Exec"].replace("%%", "%")) == [program, *arguments, "%F"]
    assert Path(program).exists()
    assert ID == DESKTOP_NAME
    assert found["Icon"] == ID
    assert found["StartupWMClass"] == "kdstudio"
    assert found["Type"] == "Application"
    for action in filter(None, found["Actions"].split(";")):
        assert split(entry(home)[f"Desktop Action {action}"]["Exec"])[-1] == "--demo"


def test_that_the_type_of_projects_is_the_one_that_the_entry_opens(home: Path) -> None:
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind = ElementTree.parse(home / "mime" / "packages" / f"{ID}.xml").getroot().find("m:mime-type", space)
    assert kind is not None
    assert f"{kind.get('type')};" == entry(home)["Desktop Entry"]["MimeType"]
    glob = kind.find("m:glob", space)
    assert glob is not None
    assert glob.get("pattern") == "*.kdproj"
    about = ElementTree.parse(home / "metainfo" / f"{ID}.metainfo.xml").getroot()
    assert about.findtext("launchable") == f"{ID}.desktop"


def test_that_icons_have_their_sizes_and_are_not_empty(home: Path) -> None:
    for size in SIZES:
        for kind, name in (("apps", ID), ("mimetypes", "application-x-kdstudio-project")):
            image = QImage(str(home / "icons" / "hicolor" / f"{size}x{size}" / kind / f"{name}.png"))
            assert (image.width(), image.height()) == (size, size)
            assert image.pixelColor(size // 3, size // 2).alpha() == 255
            assert image.pixelColor(size - 1, 0).alpha() == 0


def test_that_nothing_of_it_stays_and_nothing_of_others_goes(home: Path) -> None:
    assert len(uninstall_files(home)) == 3 + 2 * (len(SIZES) + 1)
    assert [file.name for file in home.rglob("*") if file.is_file()] == ["other.desktop"]
    assert uninstall_files(home) == []


@pytest.mark.parametrize("word", ["/usr/bin/kdstudio", "/a folder/kd", '/odd "$HOME` \\ 100%/kd', "/größe/kd"])
def test_that_paths_of_all_kinds_are_read_back_as_they_were(word: str) -> None:
    assert split(quoted(word).replace("%%", "%")) == [word]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("desktop-file-validate", [f"applications/{ID}.desktop"]),
        ("appstreamcli", ["validate", "--no-net", f"metainfo/{ID}.metainfo.xml"]),
    ],
)
def test_that_the_validators_of_the_desktop_agree(home: Path, tool: str, arguments: list[str]) -> None:
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"needs {tool}")
    done = subprocess.run([path, *arguments], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@linux
def test_that_the_desktop_knows_a_project_by_its_name(tmp_path: Path) -> None:
    if not all(map(shutil.which, ("update-mime-database", "gio"))):
        pytest.skip("needs shared-mime-info and gio")
    project = tmp_path / "project.kdproj"
    project.write_text('{"schema": 1}')
    home = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [sys.executable, "-m", "kdstudio", "--install-desktop"]
    done = subprocess.run(command, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "opens its projects" in done.stdout
    query = ["gio", "info", "-a", "standard::content-type", str(project)]
    assert (
        "application/x-kdstudio-project"
        in subprocess.run(query, env=home, capture_output=True, text=True, check=True).stdout
    )


@linux
def test_that_taking_it_away_and_a_place_that_cannot_be_written_to_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["--install-desktop"]) == 0
    assert main(["--uninstall-desktop"]) == 0
    assert "taken off" in capsys.readouterr().out
    assert main(["--uninstall-desktop"]) == 0
    assert "nothing of kdstudio" in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert main(["--install-desktop"]) == 1
    assert "XDG_DATA_HOME" in capsys.readouterr().out


@pytest.mark.parametrize(("system", "word"), [("darwin", "Applications"), ("win32", "Start")])
def test_that_other_systems_are_told_their_own_way(
    system: str, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desktop.sys, "platform", system)
    assert desktop.run(install=True) == 1
    assert word in capsys.readouterr().out
