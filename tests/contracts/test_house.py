"""The rules of the house, enforced: size of files, layers, and what each process imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "kdstudio").rglob("*.py"))


def test_that_no_file_is_longer_than_300_lines() -> None:
    long = {
        str(file.relative_to(ROOT)): count for file in SOURCES if (count := len(file.read_text().splitlines())) > 300
    }
    assert not long


def test_that_every_package_says_what_it_is() -> None:
    for file in SOURCES:
        assert file.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""')), f"{file} has no docstring"


def test_that_imports_keep_the_layers() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("kdstudio.app", ("torch", "onnx", "onnxruntime", "transformers", "scipy", "jsonschema", "PIL")),
        ("kdstudio.__main__", ("torch", "PySide6", "numpy", "pydantic", "typer")),
        ("kdstudio.engine", ("PySide6", "pyqtgraph", "shiboken6")),
        ("kdstudio.engine.desk", ("PySide6", "pyqtgraph", "shiboken6")),
        ("kdstudio.engine.tasks", ("PySide6", "pyqtgraph", "shiboken6")),
        ("kdstudio.cli.commands", ("torch", "PySide6")),
    ],
)
def test_that_importing_a_part_does_not_pull_in_what_it_must_not_know(module: str, forbidden: tuple[str, ...]) -> None:
    code = f"import {module}, sys; found = [n for n in {forbidden!r} if n in sys.modules]; assert not found, found"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_that_pickles_are_read_weights_only_but_for_files_that_are_trusted() -> None:
    for file in SOURCES:
        if file.name == "pickled.py":  # its caller asks for trust; tests/models/test_pickled.py
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            if "torch.load(" in line:
                assert "weights_only=True" in line, f"{file}: {line}"


def test_that_nothing_in_the_window_sleeps_or_uses_qthread() -> None:
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        assert "QThread(" not in text, file
        assert "time.sleep(" not in text, file
