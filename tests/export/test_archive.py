"""An export as one file: all that passed, nothing else, and the same bytes from the same files."""

import zipfile
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from kdstudio.export.archive import archive
from kdstudio.export.export import export


def test_that_one_file_holds_all_that_runs(run: Path, finish: Any, tmp_path: Path) -> None:
    folder = tmp_path / "my student"
    reports = finish(export(run, folder, ["onnx", "safetensors"], zipped=True))
    packed = tmp_path / "my student.zip"
    assert [report.zipped for report in reports] == [str(packed)] * 2
    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        assert {name.removeprefix("my student/") for name in file.namelist()} == {one.name for one in folder.iterdir()}
        file.extractall(tmp_path / "elsewhere")
    onnxruntime.InferenceSession(tmp_path / "elsewhere" / "my student" / "model.onnx")


def test_that_only_what_is_named_goes_in_and_the_bytes_are_the_same_again(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "web" / "inner").mkdir(parents=True)
    for name in ("model.onnx", "old.onnx", "web/index.html", "web/inner/page.js"):
        (folder / name).write_text(name * 100)
    first = archive(folder, ["web", "model.onnx", "gone.json"]).read_bytes()
    assert archive(folder, ["model.onnx", "web"]).read_bytes() == first
    with zipfile.ZipFile(tmp_path / "out.zip") as file:
        assert file.namelist() == ["out/model.onnx", "out/web/index.html", "out/web/inner/page.js"]


def test_that_a_place_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "model.onnx").write_text("x")
    (tmp_path / "out.zip").mkdir()
    with pytest.raises(OSError, match="out"):
        archive(folder, ["model.onnx"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "out.zip"]
