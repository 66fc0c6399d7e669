"""The example of the folder's README, as somebody else's file: found, listed, trained with, and drawn as a form."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import kdstudio.methods
from kdstudio.core.registry import Registry
from kdstudio.methods.base import Method, knobs_schema
from tests.small_task import quick_recipe, write_digits

README = Path(kdstudio.methods.__file__).with_name("README.md")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plug-in folder with the README's example, word for word."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "total_variation.py").write_text(code, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_that_the_example_trains_in_the_terminal_from_a_plug_in_folder(plugin: Path) -> None:
    data = write_digits(plugin / "digits.npz", 300)
    teacher = plugin / "teacher"
    first = quick_recipe(data, baseline=False, epochs=1)
    weights = str(teacher / "checkpoints" / "best" / "student.safetensors")
    second = quick_recipe(data, teachers=[{"path": weights}], methods=[{"method": "total_variation"}], epochs=2)
    for name, recipe, run in (("first", first, teacher), ("second", second, plugin / "run")):
        (plugin / f"{name}.json").write_text(json.dumps(recipe), encoding="utf-8")
        command = [sys.executable, "-m", "kdstudio", "train", str(plugin / f"{name}.json"), "--run", str(run), "--json"]
        environment = os.environ | {"KDSTUDIO_PLUGINS": str(plugin)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=100)
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["student"]["accuracy"] > 0.1
    lines = (plugin / "run" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    terms = [json.loads(line)["terms"] for line in lines if '"losses"' in line and '"student"' in line]
    assert terms[-1]["total_variation/distance"] < terms[0]["total_variation/distance"]


def test_that_an_installed_package_offers_a_method_as_an_entry_point(plugin: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(plugin / "methods"))
    entry = EntryPoint("total_variation", "total_variation", "kdstudio.methods")
    monkeypatch.setattr("kdstudio.core.registry.entry_points", lambda group: (entry,) if group == entry.group else ())
    registry: Registry[type[Method]] = Registry("kdstudio.methods", "METHOD")
    assert registry["total_variation"].title == "Total variation"
    assert set(knobs_schema(registry["total_variation"])["properties"]) == {"temperature", "logits"}
    sys.modules.pop("total_variation")
