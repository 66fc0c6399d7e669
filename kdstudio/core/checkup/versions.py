"""Which libraries are installed, and whether they are what kdstudio asks for. Nothing is imported for that."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from kdstudio import __version__
from kdstudio.core.checkup.finding import Finding

SECTION = "Versions"
EXTRAS = {
    "vision": "models and weights of torchvision and timm",
    "audio": "sound files other than WAV",
    "onnx": "ONNX files as students and with layers",
    "cluster": "several GPUs and computers",
    "search": "guided searches",
}
"""What each optional part of the installation is for; a test compares the names with pyproject.toml."""


def versions() -> list[Finding]:
    """Return the versions of kdstudio, Python, the system and every library, and what does not fit together."""
    how = "packed program" if getattr(sys, "frozen", False) else sys.executable
    found = [
        Finding(SECTION, "kdstudio", __version__),
        Finding(SECTION, "Python", f"{platform.python_version()} ({how})"),
        Finding(SECTION, "System", platform.platform()),
    ]
    wanted = _requirements()
    if not wanted:
        told = "kdstudio is not installed in this Python: it runs from its source folder"
        hint = 'Where something is missing: python -m pip install -c packaging/constraints.txt "."'
        return [*found, Finding(SECTION, "Installation", told, "note", hint)]
    return [*found, *(_library(one) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""}))]


def extras() -> list[Finding]:
    """Return which optional parts are installed; one that is not is nothing wrong."""
    found = []
    for name, purpose in EXTRAS.items():
        wanted = [one for one in _requirements() if one.marker is not None and _is_of(one, name)]
        missing = [one.name for one in wanted if installed(one.name) is None]
        if not wanted:
            continue
        if missing:
            hint = f"For {purpose}: {_install(name)}"
            found.append(Finding("Optional", name, f"not installed ({', '.join(missing)})", "note", hint))
        else:
            told = ", ".join(f"{one.name} {installed(one.name)}" for one in wanted)
            found.append(Finding("Optional", name, told))
    return found


def installed(name: str) -> str | None:
    """Return the installed version of a library, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _install(extra: str) -> str:
    if getattr(sys, "frozen", False):
        return "install kdstudio with pip; the packed program cannot be extended"
    return f'python -m pip install "kdstudio[{extra}]"'


def _is_of(requirement: Any, extra: str) -> bool:
    return not requirement.marker.evaluate({"extra": ""}) and requirement.marker.evaluate({"extra": extra})


def _requirements() -> list[Any]:
    """Return what kdstudio asks for (packaging's Requirement); empty where kdstudio itself is not installed."""
    from packaging.requirements import Requirement

    try:
        return [Requirement(line) for line in requires("kdstudio") or ()]
    except PackageNotFoundError:
        return []


def _library(wanted: Any) -> Finding:
    there = installed(wanted.name)
    name = wanted.name
    command = f'python -m pip install "{wanted.name}{wanted.specifier}"'
    if there is None:
        return Finding(SECTION, name, "missing", "error", f"Install it: {command}")
    if not wanted.specifier.contains(there, prereleases=True):
        return Finding(SECTION, name, f"{there}, but kdstudio needs {wanted.specifier}", "error", command)
    return Finding(SECTION, name, there)
