"""Exports of a real run: files in place, reports, and what happens when something is wrong."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from kdstudio.core.errors import ExportError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.export.export import export
from kdstudio.export.formats import EXPORTERS
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.save import save
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse


def left_over(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.name.startswith(".")]


def test_that_raw_pixels_through_onnxruntime_give_the_summarys_accuracy(run: Path, out: Path) -> None:
    recipe = parse(json.loads((run / "recipe.json").read_text()))
    test = divide(read(Path(recipe.data.path)), recipe.data, recipe.seed).test
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    logits = session.run(["logits"], {"image": test.read(np.arange(len(test)))})[0]
    summary = json.loads((run / "summary.json").read_text())
    assert float((logits.argmax(1) == test.targets).mean()) == summary["student"]["accuracy"]


def test_that_the_reports_say_what_was_checked(run: Path, out: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    reports = {report["format"]: report for report in json.loads((out / "report.json").read_text())}
    assert set(reports) == {"onnx", "safetensors"}
    for report in reports.values():
        assert report["passed"]
        assert report["agreement"] == 1.0
        assert report["inputs"] == summary["student"]["count"] == len(report["differences"])
        assert report["accuracy"] == report["accuracy_before"] == summary["student"]["accuracy"]
        assert report["teacher_bytes"] == summary["teacher"]["bytes"]
        assert report["bytes"] == Path(report["path"]).stat().st_size
        latency = report["latency_ms"]
        assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]
        assert report["teacher_latency_ms"] == summary["timing"]["latency"]["teacher"]["milliseconds"]
        assert report["problems"] == []
        assert all((out / name).exists() for name in report["files"])
    assert {speed["batch"] for speed in reports["onnx"]["speeds"]} == {1, 8, 32}
    assert reports["onnx"]["memory"] > 0
    assert reports["safetensors"]["largest_difference"] == 0.0
    assert 0 < reports["onnx"]["largest_difference"] < 1e-4 < reports["onnx"]["limit"]
    assert not left_over(out)


def test_that_an_export_prints_nothing_and_touches_neither_random_state_nor_threads(
    run: Path, finish, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    finish(export(run, tmp_path))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    assert capfd.readouterr() == ("", "")


def test_that_a_file_that_answers_differently_is_set_aside(run: Path, out: Path, finish, tmp_path, monkeypatch) -> None:
    """The fault is real: the student's normalisation is left out of the exported file."""
    safetensors = EXPORTERS["safetensors"]

    class Careless(safetensors):
        @staticmethod
        def write(model, shape, path, feeds=()):
            safetensors.write(model.with_preprocessing(ImagePreprocessing.plain(1, (8, 8))), shape, path)

    older = (out / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(older)
    monkeypatch.setitem(EXPORTERS._plugins, "safetensors", Careless)
    (report,) = finish(export(run, tmp_path, ["safetensors"]))
    assert not report.passed
    assert report.largest_difference > report.limit
    assert "disagrees" in report.problems[0].message
    assert "still the old one" in report.problems[0].hint
    assert (tmp_path / "failed" / "model.safetensors").read_bytes() != older
    assert (tmp_path / "model.safetensors").read_bytes() == older
    assert not (tmp_path / "predict.py").exists()


def test_that_one_format_that_cannot_hold_the_student_does_not_stop_the_other(
    run: Path, finish, tmp_path, monkeypatch
) -> None:
    class Refusing(EXPORTERS["onnx"]):
        @staticmethod
        def write(model, shape, path, feeds=()):
            path.write_bytes(b"half")
            raise ExportError("it does not fit", hint="Take another.")

    monkeypatch.setitem(EXPORTERS._plugins, "onnx", Refusing)
    refused, written = finish(export(run, tmp_path))
    assert (refused.format, refused.passed, refused.bytes) == ("onnx", False, 0)
    assert refused.problems[0].message == "it does not fit"
    assert written.passed
    assert not list(tmp_path.rglob("*.onnx"))
    with pytest.raises(ExportError, match="does not fit"):
        finish(export(run, tmp_path / "alone", ["onnx"]))
    assert list((tmp_path / "alone").iterdir()) == []


def test_that_data_that_changed_since_are_noticed(run: Path, finish, tmp_path: Path) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    recipe = json.loads((moved / "recipe.json").read_text())
    with np.load(recipe["data"]["path"]) as arrays:
        changed = {"images": arrays["images"], "labels": np.roll(arrays["labels"], 7)}
    recipe["data"]["path"] = str(tmp_path / "digits.npz")
    np.savez(recipe["data"]["path"], **changed)
    (moved / "recipe.json").write_text(json.dumps(recipe))
    (report,) = finish(export(moved, tmp_path / "out", ["safetensors"]))
    assert report.passed
    (problem,) = report.problems
    assert problem.severity == "warning"
    assert "the run's report says" in problem.message


def test_that_a_student_without_numbers_is_not_exported(run: Path, finish, tmp_path: Path) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    best = RunFolder(moved).checkpoint("best")
    model = load(best / "student.safetensors")
    with torch.no_grad():
        next(model.module.parameters()).fill_(torch.nan)
    save(model, best / "student.safetensors")
    (best / "digest.txt").unlink()
    with pytest.raises(RunError, match=r"'best' of .* is damaged"):
        finish(export(moved, tmp_path / "out"))
    renew_digest(best)
    with pytest.raises(ExportError, match="no numbers"):
        finish(export(moved, tmp_path / "out", ["safetensors"]))
    assert list((tmp_path / "out").iterdir()) == []


def renew_digest(folder: Path) -> None:
    from kdstudio.core.digest import digest_folder

    (folder / "digest.txt").write_text(digest_folder(folder, leave_out="digest.txt"))


def test_that_an_export_that_is_stopped_leaves_nothing(run: Path, tmp_path: Path) -> None:
    events = export(run, tmp_path, ["safetensors"])
    for event in events:
        if getattr(event, "doing", "").startswith("Timing"):
            break
    assert left_over(tmp_path)
    events.close()
    assert list(tmp_path.iterdir()) == []


def test_that_wrong_calls_say_what_to_do(run: Path, finish, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as unknown:
        finish(export(run, tmp_path, ["onxx"]))
    assert all(name in unknown.value.hint for name in EXPORTERS)
    with pytest.raises(ExportError, match="No format"):
        finish(export(run, tmp_path, []))
    with pytest.raises(ExportError):
        finish(export(run, tmp_path, ["onnx"], "first"))
    with pytest.raises(RunError):
        finish(export(tmp_path, tmp_path / "out"))
    (tmp_path / "file").write_text("")
    (tmp_path / "full" / "labels.json").mkdir(parents=True)
    for folder in (tmp_path / "file" / "out", tmp_path / "full"):
        with pytest.raises(ExportError) as blocked:
            finish(export(run, folder, ["safetensors"]))
        assert "another folder" in blocked.value.hint
    assert not left_over(tmp_path / "full")
