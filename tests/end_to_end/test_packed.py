"""The program packed into one folder: built here, and working where there is no Python and nothing is installed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.screen,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform != "linux", reason="the screen is Xvfb's"),
    pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb"),
]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The packed program; KDSTUDIO_PACKED names one that was built before."""
    before = os.environ.get("KDSTUDIO_PACKED")
    if before:
        yield Path(before)
        return
    if importlib.util.find_spec("PyInstaller") is None:
        pytest.skip('needs PyInstaller: python -m pip install ".[package]"')
    folder = tmp_path_factory.mktemp("packed")
    places = ["--to", str(folder), "--work", str(folder / "work")]
    subprocess.run([sys.executable, str(ROOT / "packaging" / "build_app.py"), *places], check=True)
    yield folder / "kdstudio" / "kdstudio"
    shutil.rmtree(folder)


@pytest.fixture
def run(packed: Path, tmp_path: Path) -> Run:
    """Run the program as somebody who has nothing but it: an empty home, and none of the variables of these tests."""
    home = tmp_path / "höme"
    home.mkdir()
    given = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

    def start(*arguments: object, has_screen: bool = False) -> subprocess.CompletedProcess[str]:
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1920x1000x24"] if has_screen else []
        command = [*screen, str(packed), *map(str, arguments)]
        return subprocess.run(command, env=given, cwd=home, capture_output=True, text=True, check=False, timeout=600)

    return start


def test_that_the_window_passes_its_smoke_test_on_a_real_screen(run: Run, tmp_path: Path) -> None:
    done = run("--smoke", "--screenshot", tmp_path / "seen.png", has_screen=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "seen.png").stat().st_size > 20_000
    assert not list((tmp_path / "höme" / ".local" / "state" / "kdstudio" / "log" / "crashes").iterdir())


def test_that_the_doctor_finds_every_library(run: Run) -> None:
    done = run("doctor", "--json")
    said = json.loads(done.stdout)
    assert [one for one in said["problems"] if one["severity"] == "error"] == [], done.stderr
    told = {one["name"]: one["value"] for one in said["findings"]}
    assert "packed" in told["Python"]
    assert "torch" in told


def test_that_the_demo_runs_in_the_terminal_and_is_exported_through_processes_of_its_own(
    run: Run, tmp_path: Path
) -> None:
    done = run("demo", "--headless", "--json", "--run", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["student"]["accuracy"] > summary["baseline"]["accuracy"]
    names = ("onnx", "onnx_int8", "onnx_fp16", "ort", "pt2", "torchscript", "safetensors", "web")
    formats = [word for name in names for word in ("--format", name)]
    done = run("export", tmp_path / "run", "--to", tmp_path / "out", *formats, "--json")
    told = {report["format"]: report for report in json.loads(done.stdout)["files"]}
    assert set(told) == set(names)
    assert [(name, report["problems"]) for name, report in told.items() if not report["passed"]] == []
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "predict.py").exists()


def test_that_licences_and_methods_are_in_it(run: Run) -> None:
    listed = json.loads(run("licences", "--json").stdout)["licences"]
    assert [one["name"] for one in listed if not one["files"]] == []
    assert all(Path(file).exists() for one in listed for file in one["files"])
    assert len(json.loads(run("methods", "--json").stdout)["methods"]) > 30
    assert len(json.loads(run("students", "--json").stdout)["students"]) > 5


def test_that_text_networks_of_hugging_face_can_be_built(run: Run, tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path / "bert"
    words = tmp_path / "vocab.txt"
    words.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"]))
    small = BertConfig(
        vocab_size=13, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=3
    )
    BertForSequenceClassification(small).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(words)).save_pretrained(folder)
    done = run("inspect", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (item,) = json.loads(done.stdout)["items"]
    assert item["role"] == "model"
    assert not item["problems"]
