"""What lies beside the models: a script that runs, and descriptions that are true."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kdstudio.core.layout import RunFolder
from kdstudio.data.image.pictures import decode
from kdstudio.export.export import export
from kdstudio.export.session import classify
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train


def predict(out: Path, *pictures: Path) -> subprocess.CompletedProcess[str]:
    """Run predict.py by itself, outside of this repository."""
    command = [sys.executable, "-W", "ignore", str(out / "predict.py"), *map(str, pictures)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=out)


def test_that_predict_py_answers_as_the_exported_file_does(out: Path, digits: np.ndarray, tmp_path: Path) -> None:
    grey, colour, deep = tmp_path / "ziffer ä.png", tmp_path / "colour.jpg", tmp_path / "deep.png"
    Image.fromarray(digits[0]).resize((40, 40)).save(grey)
    Image.fromarray(digits[1]).convert("RGB").save(colour)
    Image.fromarray(digits[2].astype(np.uint16) * 257).save(deep)
    done = predict(out, grey, colour, deep)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line, picture in zip(lines, (grey, colour, deep), strict=True):
        logits = classify(out / "model.onnx", decode(str(picture), (1, 8, 8)))
        share = np.exp(logits - logits.max()).max() / np.exp(logits - logits.max()).sum()
        assert line.startswith(f"{picture} {logits.argmax()} {share:.1%}, ")


def test_that_predict_py_needs_only_what_requirements_txt_names(out: Path) -> None:
    lines = (out / "predict.py").read_text().splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported == {"numpy", "onnxruntime", "PIL", "json", "sys", "pathlib"}
    assert (out / "requirements.txt").read_text().split() == ["numpy", "onnxruntime", "Pillow"]
    assert len(lines) <= 40
    asked = predict(out)
    assert asked.returncode == 1
    assert "python predict.py PICTURE" in asked.stderr


def test_that_the_cards_numbers_are_those_of_the_summary(run: Path, out: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    card = (out / "MODEL_CARD.md").read_text()
    for name in ("student", "baseline", "teacher"):
        assert f"| {summary[name]['accuracy']:.1%} | {summary[name]['ece']:.3f} | {summary[name]['nll']:.3f} |" in card
    assert f"the teacher's errors: {summary['transfer']['inherited']:.1%}" in card
    assert f"the teacher: {summary['transfer']['agreement']:.1%}" in card
    for part in (
        "soft_targets (weight 1, logits plain, temperature 4)",
        "digits.npz",
        "Where it is weakest",
        "Licence",
        "Calibration: it is",
    ):
        assert part in card
    assert "model.onnx |" in card
    assert "not measured" not in card
    assert json.loads((out / "labels.json").read_text()) == [str(digit) for digit in range(10)]


def test_that_the_weakest_class_of_the_card_is_the_weakest(run: Path, out: Path) -> None:
    place = RunFolder(run).split("student", "test")
    targets, said = np.load(place / "targets.npy"), np.load(place / "best" / "logits.npy").argmax(1)
    shares = {digit: float((said[targets == digit] == digit).mean()) for digit in range(10)}
    card = (out / "MODEL_CARD.md").read_text()
    first = card.split("Most often taken for |\n|---|---|---|---|\n")[1].split("\n")[0]
    assert first.startswith(f"| {min(shares, key=shares.__getitem__)} |")
    assert f"| {min(shares.values()):.1%} |" in first


def test_that_the_card_of_the_last_checkpoint_has_the_numbers_of_the_last(run: Path, finish, tmp_path: Path) -> None:
    finish(export(run, tmp_path, ["safetensors"], "last"))
    card = (tmp_path / "MODEL_CARD.md").read_text()
    student, teacher = (RunFolder(run).split(name, "test") for name in ("student", "teacher"))
    last, taught = (np.load(place / "last" / "logits.npy").argmax(1) for place in (student, teacher))
    assert f"| This student | {(last == np.load(student / 'targets.npy')).mean():.1%} |" in card
    assert f"the teacher: {(last == taught).mean():.1%} (without a teacher not measured)" in card
    assert "Checkpoint: last" in card
    assert not (tmp_path / "predict.py").exists()


def test_that_a_run_without_a_report_says_what_was_not_measured(run: Path, finish, tmp_path: Path) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run, moved)
    (moved / "summary.json").unlink()
    shutil.rmtree(moved / "predictions" / "teacher")
    (report,) = finish(export(moved, tmp_path / "out", ["safetensors"]))
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert f"| This student | {report.accuracy:.1%} |" in card
    assert "the teacher: not measured" in card
    assert (
        report.teacher_bytes
        == Path(json.loads((moved / "recipe.json").read_text())["teachers"][0]["path"]).stat().st_size
    )


@pytest.fixture
def float_run(digits: np.ndarray, recipe, finish, tmp_path: Path) -> Path:
    """A student of numbers between −1 and 1, without a teacher."""
    data = tmp_path / "floats.npz"
    labels = json.loads(json.dumps(np.arange(300).tolist()))
    np.savez(data, images=(digits[:300] / 127.5 - 1).astype(np.float32), labels=np.array(labels) % 3)
    folder = tmp_path / "run"
    finish(train(parse(recipe | {"data": {"path": str(data)}, "epochs": 1}), folder))
    return folder


def test_that_data_of_floats_come_with_the_way_to_pixels(float_run: Path, finish, tmp_path: Path) -> None:
    (report,) = finish(export(float_run, tmp_path / "out", ["onnx"]))
    assert report.passed
    assert report.teacher_bytes is None
    raw = json.loads((tmp_path / "out" / "preprocessing.json").read_text())["raw_values"]
    values = np.array([-1.0, 0.0, 1.0])
    assert np.rint(255 * (values - raw["offset"]) / raw["divisor"]).tolist() == [0, 128, 255]
    assert "Teacher: none" in (tmp_path / "out" / "MODEL_CARD.md").read_text()
