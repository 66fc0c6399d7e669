"""What is installed is told against what pyproject.toml asks for."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kdstudio.core.checkup import versions
from kdstudio.core.checkup.versions import EXTRAS, extras

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_that_every_optional_part_says_what_it_is_for() -> None:
    assert set(EXTRAS) == set(PROJECT["optional-dependencies"]) - {"test", "package"}


def test_that_every_library_that_kdstudio_needs_is_told() -> None:
    told = {one.name for one in versions.versions()}
    assert {"kdstudio", "Python", "System", "torch", "numpy", "onnxruntime", "transformers"} <= told
    assert {one.name for one in extras()} <= set(EXTRAS)


def put(folder: Path, name: str, version: str, *lines: str) -> None:
    """Install a library that is nothing but its name and version."""
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines])
    )


def test_that_missing_and_unfit_libraries_are_errors_with_the_command_that_mends_them(tmp_path: Path) -> None:
    wanted = ["Requires-Dist: oldone>=2", "Requires-Dist: goneone", "Requires-Dist: goodone", "Provides-Extra: vision"]
    wanted.append('Requires-Dist: goneextra; extra == "vision"')
    put(tmp_path, "kdstudio", "0.1.0", *wanted)
    put(tmp_path, "oldone", "1.0")
    put(tmp_path, "goodone", "1.0")
    code = "from kdstudio.core.checkup.versions import *; [print(repr(one)) for one in [*versions(), *extras()]]"
    path = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    done = subprocess.run([sys.executable, "-c", path + code], capture_output=True, text=True, check=True)
    told = {line.split("'")[3]: line for line in done.stdout.splitlines()}
    assert "1.0, but kdstudio needs >=2" in told["oldone"]
    assert "pip install" in told["oldone"]
    assert "severity='error'" in told["goneone"]
    assert "severity='ok'" in told["goodone"]
    assert "not installed (goneextra)" in told["vision"]
    assert "severity='note'" in told["vision"]


@pytest.mark.parametrize("module", ["versions", "computer", "parts", "qt_libraries", "graphics", "probe"])
def test_that_looking_imports_neither_torch_nor_qt_nor_numpy(module: str) -> None:
    slow = ("torch", "PySide6", "numpy")
    code = f"import sys, kdstudio.core.checkup.{module}; print([name for name in {slow!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
