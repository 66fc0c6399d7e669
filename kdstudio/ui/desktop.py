"""`--install-desktop`: kdstudio among the programs of a Linux desktop, and as the program of its projects.

Everything lies in the person's own folders (XDG_DATA_HOME), so that no administrator is needed, and
`--uninstall-desktop` takes exactly that away again. A screen is not needed: Qt paints the icons into memory.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from kdstudio.core.files import write_bytes
from kdstudio.core.paths import own_program, resource

ID = "io.github.kdstudio.kdstudio"
TYPE = "application-x-kdstudio-project"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")  # of the Desktop Entry Specification: such arguments are quoted
_ELSEWHERE = {
    "darwin": "On macOS, put kdstudio.app into Applications; a kdstudio from pip is started in the terminal.",
    "win32": "On Windows, pin kdstudio-window.exe to Start; pip puts it beside python.exe, in Scripts.",
}


def run(*, install: bool) -> int:
    """Put kdstudio onto this desktop or take it away, say what was done, and return the exit status."""
    if sys.platform != "linux":
        _say(f"Desktop entries belong to Linux. {_ELSEWHERE.get(sys.platform, '')}")
        return 1
    try:
        files = install_files(data_home()) if install else uninstall_files(data_home())
    except OSError as error:
        _say(f"Cannot write to {data_home()}: {error.strerror or error}. Allow writing there, or set XDG_DATA_HOME.")
        return 1
    missing = _announce(data_home())
    for file in files:
        _say(str(file))
    if not install:
        _say("kdstudio was taken off this desktop." if files else "There was nothing of kdstudio on this desktop.")
        return 0
    _say("kdstudio is among the programs of this desktop, and opens its projects (*.kdproj).")
    if missing:
        _say(f"Hint: the desktop may see it only after the next login, because {', '.join(missing)} is not installed.")
    return 0


def data_home() -> Path:
    """Return the folder for a person's programs, types and icons; a relative one counts as none (XDG)."""
    said = os.environ.get("XDG_DATA_HOME", "")
    return Path(said) if Path(said).is_absolute() else Path.home() / ".local" / "share"


def install_files(home: Path) -> list[Path]:
    """Write entry, type and icons below `home`; returns the files. Raises OSError."""
    program, arguments = starter()
    words = " ".join(quoted(word) for word in (program, *arguments))
    made = []
    for file, name in _texts(home):
        text = resource("desktop", name).read_text(encoding="utf-8").replace("@PROGRAM@", words)
        write_bytes(file, text.encode(), durable=False)
        made.append(file)
    for file, size in _icons(home):
        content = resource("icons", "app.svg").read_bytes() if size is None else png(size)
        write_bytes(file, content, durable=False)
        made.append(file)
    return made


def uninstall_files(home: Path) -> list[Path]:
    """Remove what `install_files` writes; returns what was there. Raises OSError."""
    there = [file for file, _ in (*_texts(home), *_icons(home)) if file.exists()]
    for file in there:
        file.unlink()
    return there


def starter() -> tuple[str, list[str]]:
    """Return program and arguments that the desktop starts: the installed script, which has a name of its own."""
    script = Path(sys.executable).with_name("kdstudio")
    if not getattr(sys, "frozen", False) and script.exists():
        return str(script), []
    return own_program()


def quoted(word: str) -> str:
    """Return an argument as the key Exec wants it: quoted where it has reserved characters, escaped twice."""
    if not word or _RESERVED & set(word):
        escaped = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in word)
        word = f'"{escaped}"'
    return word.replace("\\", "\\\\").replace("%", "%%")


def rendered(size: int) -> QImage:
    """Return the program's icon as a picture of `size` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(resource("icons", "app.svg").read_bytes())).render(painter)
    painter.end()
    return image


def _texts(home: Path) -> Iterator[tuple[Path, str]]:
    """Yield file and name of the bundled text."""
    for folder, name in (
        ("applications", f"{ID}.desktop"),
        ("mime/packages", f"{ID}.xml"),
        ("metainfo", f"{ID}.metainfo.xml"),
    ):
        yield home / folder / name, name


def _icons(home: Path) -> Iterator[tuple[Path, int | None]]:
    """Yield file and size in pixels; None: drawn at every size."""
    for kind, name in (("apps", ID), ("mimetypes", TYPE)):
        for size in SIZES:
            yield home / "icons" / "hicolor" / f"{size}x{size}" / kind / f"{name}.png", size
        yield home / "icons" / "hicolor" / "scalable" / kind / f"{name}.svg", None


def png(size: int) -> bytes:
    """Return the program's icon as a PNG file of `size` pixels."""
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    rendered(size).save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know files alone
    return bytes(buffer.data().data())


def _announce(home: Path) -> list[str]:
    """Let the desktop read its folders again; returns the programs for that which are missing."""
    missing = []
    for program, *arguments in (
        ("update-desktop-database", str(home / "applications")),
        ("update-mime-database", str(home / "mime")),
        ("gtk-update-icon-cache", "-f", "-t", "-q", str(home / "icons" / "hicolor")),
    ):
        path = shutil.which(program)
        if path is not None:
            subprocess.run([path, *arguments], check=False, capture_output=True, timeout=60)
        elif program != "gtk-update-icon-cache":  # a cache alone: without one the folder itself is read
            missing.append(program)
    return missing


def _say(words: str) -> None:
    if sys.stdout is not None:  # the packed program of Windows that has a window has none
        sys.stdout.write(words + "\n")
