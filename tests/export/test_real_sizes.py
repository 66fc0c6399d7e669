"""Fewer bits on real pictures: how many bytes are left of a file, and how many right answers."""

from pathlib import Path
from typing import Any

import pytest

from kdstudio.export.export import export
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train

SHARE = {"onnx_fp16": 0.55, "onnx_int8": 0.30}  # of the bytes of single precision, at most
LOST = 0.01  # of accuracy, at most
ENOUGH = 500_000  # bytes of single precision below which the graph itself weighs too much


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10-jpg.zip"])
def test_that_8_bits_cost_a_hundredth_and_save_two_thirds(
    name: str, recipe: Any, finish: Any, real_data, tmp_path: Path
):
    choices = {
        "data": {"path": str(real_data(name)), "limit": 4000},
        "student": {"architecture": "small_cnn", "knobs": {"width": 48, "depth": 2}},
        "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
        "epochs": 3,
    }
    finish(train(parse(recipe | choices), tmp_path / "run"))
    reports = {one.format: one for one in finish(export(tmp_path / "run", tmp_path / "out", ["onnx", *SHARE]))}
    whole = reports["onnx"]
    assert whole.bytes >= ENOUGH
    for format_, share in SHARE.items():
        small = reports[format_]
        assert small.passed
        assert small.bytes <= share * whole.bytes
        assert small.accuracy >= whole.accuracy - LOST
