"""Processor, memory, compiler, and the folders that are written to."""

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from kdstudio.core.checkup.finding import Finding, Severity
from kdstudio.core.paths import cache_folder, crash_folder, data_folder, settings_folder

LEAST_MEMORY = 2e9
"""Bytes of free memory below which a run may not fit: torch and a small teacher take about one."""
LEAST_ROOM, ENOUGH_ROOM = 200e6, 2e9
"""Bytes of free disk below which a run cannot be kept, and below which it may not (a run keeps up to 2 GB)."""
_COMPILERS = {"darwin": "clang++", "win32": "cl"}
_SAID = (
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "DISPLAY", "WAYLAND_DISPLAY",
    "KDSTUDIO_PLUGINS", "KDSTUDIO_TEACHER_CACHE", "KDSTUDIO_TEACHER_CACHE_GB", "PYTHONPATH",
)  # fmt: skip


def computer() -> list[Finding]:
    """Return cores, memory, compiler, and what the environment says to kdstudio."""
    said = [Finding("Environment", name, os.environ[name]) for name in _SAID if os.environ.get(name)]
    return [_processor(), _memory(), _compiler(), *said]


def folders() -> list[Finding]:
    """Return where kdstudio writes, whether it may, and how much room there is."""
    places = {
        "Settings": settings_folder(),
        "Cache": cache_folder(),
        "Projects": data_folder(),
        "Crash reports": crash_folder(),
        "Temporary files": Path(tempfile.gettempdir()),
    }
    here = _folder("Runs from here", Path("runs").absolute())
    if here.is_problem:  # only where somebody trains in the terminal, without naming a folder
        here = replace(here, severity="note", hint="Name another folder for a run: --run DIR.")
    return [*(_folder(name, path) for name, path in places.items()), here]


def size_told(count: float) -> str:
    """Return a size in bytes for people."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def _processor() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    there = os.cpu_count() or usable
    told = f"{usable} thread{'s' if usable != 1 else ''}" + (f" of {there}" if there != usable else "")
    return Finding("Computer", "Processor", f"{told}, {platform.machine()}")


def _memory() -> Finding:
    try:
        import psutil
    except ImportError:
        return Finding("Computer", "Memory", "unknown: psutil cannot be imported")
    memory = psutil.virtual_memory()
    told = f"{size_told(memory.total)}, {size_told(memory.available)} free"
    if memory.available < LEAST_MEMORY:
        hint = "Close other programs, or train with a smaller batch: a run may stop for want of memory."
        return Finding("Computer", "Memory", told, "warning", hint)
    return Finding("Computer", "Memory", told)


def _compiler() -> Finding:
    if getattr(sys, "frozen", False):
        return Finding("Computer", "C++ compiler", "not used by the packed program")
    wanted = os.environ.get("CXX") or _COMPILERS.get(sys.platform, "g++")
    path = shutil.which(wanted)
    if path is None:
        hint = f'Only "compile" in a recipe needs it. To have it, install {_compiler_source()}.'
        return Finding("Computer", "C++ compiler", f"{wanted} was not found", "note", hint)
    return Finding("Computer", "C++ compiler", path)


def _compiler_source() -> str:
    sources = {"win32": "the Build Tools of Visual Studio", "darwin": "Xcode's tools (xcode-select --install)"}
    return sources.get(sys.platform, "g++ (apt-get install g++)")


def _folder(name: str, path: Path) -> Finding:
    state: tuple[str, Severity, str] = ("", "ok", "")
    try:
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        with tempfile.TemporaryFile(dir=there):  # permissions do not tell of read-only disks
            pass
    except OSError as error:
        hint = "Allow writing there, or let it lie elsewhere (on Linux: XDG_CONFIG_HOME, XDG_CACHE_HOME and others)."
        return Finding("Folders", name, f"{path}: cannot be written to ({error.strerror or error})", "error", hint)
    hint = "Make room there: a run keeps up to 2 GB."
    if free < LEAST_ROOM:
        state = (", nearly full", "error", hint)
    elif free < ENOUGH_ROOM:
        state = (", little room", "warning", hint)
    return Finding("Folders", name, f"{path} ({size_told(free)} free{state[0]})", state[1], state[2])
