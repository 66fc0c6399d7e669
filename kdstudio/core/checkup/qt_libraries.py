"""System libraries that Qt needs and that are not there, by the name of the package that has them. Linux alone."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from kdstudio.core.checkup.finding import Finding, Severity

_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""Debian's and Ubuntu's packages. What README.md tells people to install is among them; a test says so."""


def plugin() -> str:
    """Return the platform plugin that Qt would take here, "" where there is no screen."""
    asked = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if asked:
        return asked
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if os.environ.get("DISPLAY") else ""


def libraries(folder: Path | None = None) -> list[Finding]:
    """Return what the window lacks of system libraries; empty elsewhere than on Linux, and where Qt is not installed.

    `folder` is PySide6's. On a computer without a screen the plugin for X11 is looked at, which one would need.
    """
    folder = folder or _installed()
    if sys.platform != "linux" or folder is None:
        return []
    name = plugin() or "xcb"
    files = [folder / "Qt" / "lib" / f"libQt6{part}.so.6" for part in ("Core", "Gui", "Widgets")]
    files += sorted((folder / "Qt" / "plugins" / "platforms").glob(f"libq{name}*.so"))
    missing = sorted({library for file in files if file.exists() for library in needed_and_missing(file)})
    if not missing:
        return [Finding("Window", "System libraries", f"all there for the plugin {name}")]
    packages = sorted({_PACKAGES[library] for library in missing if library in _PACKAGES})
    unknown = [library for library in missing if library not in _PACKAGES]
    hint = f"apt-get install {' '.join(packages)}" if packages else ""
    if unknown:
        hint += f"{'; and ' if hint else 'Install '}the packages of your system that have {', '.join(unknown)}"
    severity: Severity = "error" if plugin() or "libEGL.so.1" in missing else "note"  # a server may do without
    return [Finding("Window", "System libraries", f"missing: {', '.join(missing)}", severity, hint)]


def needed_and_missing(file: Path) -> list[str]:
    """Return the libraries that a program or library needs, itself or through others, and the system does not find."""
    ldd = shutil.which("ldd")
    if ldd is None:
        return []
    try:
        done = subprocess.run([ldd, str(file)], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return []
    lines = [line.split("=>") for line in done.stdout.splitlines() if "not found" in line and "=>" in line]
    return [parts[0].strip() for parts in lines]


def _installed() -> Path | None:
    try:
        found = importlib.util.find_spec("PySide6")
    except (ImportError, ValueError):
        return None
    places = found.submodule_search_locations if found is not None else None
    return Path(next(iter(places))) if places else None
