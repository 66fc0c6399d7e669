"""How fast graphs answer, and what they take, measured in a process of their own."""

from pathlib import Path

import numpy as np
import psutil

from kdstudio.export.speed import BATCHES, measured, threads


def test_that_each_batch_size_and_number_of_threads_is_timed(out: Path) -> None:
    image = np.zeros((1, 1, 8, 8), np.uint8)
    found = measured({"onnx": out / "model.onnx", "safetensors": out / "model.safetensors"}, {"image": image})
    assert set(found) == {"onnx"}
    speeds, memory = found["onnx"]
    assert [(one["threads"], one["batch"]) for one in speeds] == [(n, b) for n in threads() for b in BATCHES]
    assert all(0 < one["p50"] <= one["p95"] <= one["p99"] for one in speeds)
    assert speeds[2]["p50"] > speeds[0]["p50"]  # 32 inputs at once take longer than one
    assert 0 < memory < 1 << 30


def test_that_a_graph_that_cannot_be_asked_is_left_out_and_no_process_stays(out: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    image = np.zeros((1, 1, 8, 8), np.uint8)
    found = measured({"bad": tmp_path / "model.onnx", "good": out / "model.onnx"}, {"image": image})
    assert set(found) == {"good"}
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before
    assert measured({"safetensors": out / "model.safetensors"}, {"image": image}) == {}
