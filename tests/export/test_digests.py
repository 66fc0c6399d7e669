"""Exporting again: what other formats left of the same student stays, with its report, and nothing else does."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from kdstudio.export.export import export


def test_that_a_second_format_joins_the_first(run: Path, finish: Any, tmp_path: Path) -> None:
    first = finish(export(run, tmp_path / "out", ["onnx"]))
    both = finish(export(run, tmp_path / "out", ["safetensors"]))
    assert [report.format for report in both] == ["safetensors", "onnx"]
    assert both[1].bytes == first[0].bytes
    told = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [one["format"] for one in told] == ["safetensors", "onnx"]
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert "| model.onnx |" in card
    assert "| model.safetensors |" in card
    files = json.loads((tmp_path / "out" / "digests.json").read_text())["files"]
    assert {"model.onnx", "model.safetensors", "predict.py", "labels.json"} <= files.keys()
    for name, digest in files.items():
        assert sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest, name


def test_that_what_a_phone_needs_stays_with_its_file(run: Path, finish: Any, tmp_path: Path) -> None:
    finish(export(run, tmp_path, ["ort"]))
    assert [one.format for one in finish(export(run, tmp_path, ["safetensors"]))] == ["safetensors", "ort"]
    assert (tmp_path / "required_operators.config").is_file()


def test_that_a_changed_file_or_another_student_is_left_out(run: Path, finish: Any, tmp_path: Path) -> None:
    finish(export(run, tmp_path, ["onnx"]))
    (tmp_path / "model.onnx").write_bytes(b"changed")
    assert [one.format for one in finish(export(run, tmp_path, ["safetensors"]))] == ["safetensors"]
    other = finish(export(run, tmp_path, ["onnx"], probabilities=True))
    assert [one.format for one in other] == ["onnx"]
