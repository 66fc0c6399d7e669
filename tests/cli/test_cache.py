"""The terminal says where teachers' answers are kept."""

import json
from pathlib import Path

import numpy as np
import pytest

from kdstudio.cli import main
from kdstudio.training.cache_folder import FOLDER, claim


def test_that_the_cache_is_listed_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "answers"))
    about = {"teacher": "wide.safetensors", "part": "training", "inputs": 12, "layers": ["stage1"]}
    folder = claim("5a932b", about, 100)
    assert folder is not None
    np.save(folder / "0.npy", np.zeros(1000, np.uint8))
    assert main(["cache", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["folder"] == str(tmp_path / "answers")
    assert said["limit_bytes"] == 20_000_000_000
    assert said["entries"][0]["teacher"] == "wide.safetensors"
    assert said["entries"][0]["bytes"] > 1000
    assert main(["cache"]) == 0
    assert "stage1" in capfd.readouterr().out
    assert main(["cache", "--clear", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["entries"] == []
    monkeypatch.setenv(FOLDER, "off")
    assert main(["cache"]) == 0
    assert "not kept" in capfd.readouterr().out
