"""What a run remembers of its exports."""

import json
from pathlib import Path

from kdstudio.core.layout import RunFolder
from kdstudio.recipe.exported import REPORT, exports, newest, remember
from kdstudio.recipe.report import ExportReport


def write(folder: Path, name: str = "model.onnx") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    report = ExportReport(path=str(folder / name), format="onnx", bytes=3, passed=True)
    (folder / REPORT).write_text(json.dumps([report.model_dump(mode="json")]))
    return folder


def test_that_the_newest_that_is_still_there_is_found(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert newest(run) == ()
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    for folder in (first, second, first):
        remember(run, folder)
    assert [one.to for one in exports(run)] == [second, first]
    assert newest(run)[0].folder == first
    (first / REPORT).unlink()
    assert newest(run)[0].folder == second


def test_that_a_damaged_list_or_report_is_none(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.exports.write_text('[{"to": 3')
    assert exports(run) == ()
    remember(run, write(tmp_path / "a"))
    (tmp_path / "a" / REPORT).write_text("[1, 2]")
    assert newest(run) == ()


def test_that_what_failed_lies_in_the_same_export(tmp_path: Path) -> None:
    report = ExportReport(path=str(tmp_path / "failed" / "model.onnx"), format="onnx", bytes=3, passed=False)
    assert report.folder == tmp_path
