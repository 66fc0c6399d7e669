"""Whatever lies on the disk, kdstudio says what it is: no crash, no hang, and no code run from a file."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.contracts.hostile import write_hostile, write_traps
from tests.contracts.spoiling import FORMATS, spoiled

WORKER = """
import json, sys, time
from pathlib import Path
from kdstudio.data.sniff import sniff
from kdstudio.training.inspect import inspect

for line in sys.stdin:
    path = Path(json.loads(line))
    began = time.perf_counter()
    seen = sniff(path)
    sniffed = time.perf_counter() - began
    item = inspect(path)
    told = {
        "role": item.role,
        "format": item.format,
        "sniffed": sniffed,
        "seconds": time.perf_counter() - began,
        "errors": [p.message for p in item.problems if p.severity == "error"],
        "where": [p.where for p in item.problems if p.severity == "error"],
        "reason": seen.reason,
    }
    print(json.dumps(told), flush=True)
"""
SLOWEST = 10.0  # seconds that a look at one file may take, on a machine that does other things too


def told(paths: list[Path], folder: Path) -> list[dict]:
    """Inspect all paths in one process of their own; it must live to the end."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        input="".join(json.dumps(str(path)) + "\n" for path in paths),
        capture_output=True,
        text=True,
        timeout=110,
        cwd=folder,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    at = paths[len(lines)] if len(lines) < len(paths) else "the end"
    assert done.returncode == 0, f"{at}: {done.stderr[-2000:]}"
    return lines


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("spoiled")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (DeprecationWarning, FutureWarning))
        return list(spoiled(folder / "files"))


@pytest.fixture(scope="module")
def found(corpus, tmp_path_factory) -> list[dict]:
    return told([path for path, _ in corpus], tmp_path_factory.mktemp("looked"))


def test_that_no_spoiled_file_crashes_hangs_or_stays_unexplained(corpus, found):
    assert len(corpus) >= 300
    slow = [
        (str(path), one["seconds"]) for (path, _), one in zip(corpus, found, strict=True) if one["seconds"] > SLOWEST
    ]
    assert not slow
    for (path, how), one in zip(corpus, found, strict=True):
        if how in ("empty", "a web page", "noise", "one byte"):
            assert one["errors"], f"{path} is {how} and nobody says so: {one}"
            assert all(message.strip() for message in one["errors"])
            assert all(path.name in where or str(path.parent) in where for where in one["where"]), (path, one)


def test_that_every_whole_file_is_told_rightly(corpus, found):
    whole = {path.name: one for (path, how), one in zip(corpus, found, strict=True) if how == "as it is"}
    assert set(whole) == set(FORMATS)
    models = {"weights.safetensors", "weights.pt", "old.th", "whole.pt", "script.pt", "program.pt2", "net.onnx"}
    for name, one in whole.items():
        expected = "model" if name in models | {"hugging_face", "text_onnx", "answers.csv"} else "data"
        if name == "images.npy":  # images without labels beside them: data, and what is missing is said
            assert one["role"] == "data" or one["errors"], one
            continue
        assert one["role"] == expected, (name, one)
        if name not in {"whole.pt", "script.pt", "program.pt2"}:  # programs ask for trust first
            assert not one["errors"], (name, one)


def test_that_malicious_files_run_nothing(tmp_path):
    canary = tmp_path / "canary"
    paths = write_hostile(tmp_path / "hostile", canary)
    found = told(paths, tmp_path / "hostile")
    assert not canary.exists()
    for path, one in zip(paths, found, strict=True):
        assert one["errors"], (path, one)


def test_that_traps_are_told_and_leave_nothing_behind(tmp_path):
    paths = write_traps(tmp_path / "traps")
    before = sorted(str(path) for path in tmp_path.rglob("*") if "loop" not in path.parts)
    found = told(paths, tmp_path / "traps")
    assert sorted(str(path) for path in tmp_path.rglob("*") if "loop" not in path.parts) == before
    for path, one in zip(paths, found, strict=True):
        assert one["errors"], (path, one)
        assert one["seconds"] < SLOWEST, (path, one)
