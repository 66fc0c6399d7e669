"""A transformer shrunk from its teacher, really trained and exported: its file runs by itself with its tokenizer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import transformers

from kdstudio.core.errors import ExportError
from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.models.text_networks import write

WORDS = {"good": ["good", "warm", "heart"], "bad": ["boring", "terrible", "long"]}


@pytest.fixture(scope="module")
def out(finish: Any, recipe: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("transformer")
    rng = np.random.default_rng(0)
    rows = [
        (f"this film of {1900 + i} is {rng.choice(WORDS[label])} and the script is a story, too", label)
        for i, label in enumerate(("good", "bad") * 60)
    ]
    (place / "reviews.tsv").write_text("\n".join(["text\tlabel", *map("\t".join, rows)]), encoding="utf-8")
    teacher = write(place / "teacher", "DistilBert", id2label={0: "bad", 1: "good"}, label2id={"bad": 0, "good": 1})
    choices = {
        "data": {"path": str(place / "reviews.tsv")},
        "teachers": [{"path": str(teacher)}],
        "student": {"shrink": {"width": 1.0, "depth": 0.5}},
        "optimizer": {"name": "adamw", "learning_rate": 0.01},
        "epochs": 3,
    }
    finish(train(parse(recipe | choices), place / "run"))
    reports = finish(
        export(place / "run", place / "ex port", ["onnx", "onnx_fp16", "onnx_int8", "safetensors", "huggingface"])
    )
    assert [report.passed for report in reports] == [True] * 5
    assert (
        load(RunFolder(place / "run").checkpoint("best") / "student.safetensors").parameters < load(teacher).parameters
    )
    return place / "ex port"


def test_that_predict_py_needs_the_file_the_tokenizer_and_no_torch(out: Path) -> None:
    assert (out / "requirements.txt").read_text().split() == ["numpy", "onnxruntime", "tokenizers"]
    command = [sys.executable, "-W", "ignore", "-X", "utf8", str(out / "predict.py"), "a warm heart", "boring"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["a warm heart", "boring"]


def test_that_the_file_answers_texts_of_any_length_as_the_student(out: Path) -> None:
    student = load(out / "model.safetensors")
    session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    how = json.loads((out / "preprocessing.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in how["input"]] == [one.name for one in session.get_inputs()]
    for texts in (["warm"], ["a long and boring story", "good"], ["film " * 100, "a", "the heart"]):
        values = np.array(texts, dtype=object)
        with torch.no_grad():
            expected = student.respond(values).numpy()
        assert np.allclose(session.run(["logits"], student.preprocessing.feed(values))[0], expected, atol=1e-4)


def test_that_the_file_teaches_as_the_student_answers(out: Path) -> None:
    student, teacher = load(out / "model.safetensors"), load(out / "model.onnx")
    texts = np.array(["a warm heart", "", "this film is boring " * 30], dtype=object)
    student.module.eval()
    with torch.inference_mode():
        torch.testing.assert_close(teacher.respond(texts), student.respond(texts), atol=1e-4, rtol=1e-3)
    assert teacher.preprocessing.model_dump() == student.preprocessing.model_dump()
    assert teacher.class_names == student.class_names


def test_that_transformers_opens_the_folder_and_answers_as_the_student(out: Path) -> None:
    folder = out / "huggingface"
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    assert [network.config.id2label[code] for code in range(2)] == json.loads((out / "labels.json").read_text())
    texts = ["a warm heart", "this film is boring " * 30, "good"]
    given = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    student = load(out / "model.safetensors")
    with torch.inference_mode():
        theirs = network(input_ids=given["input_ids"], attention_mask=given["attention_mask"]).logits
        torch.testing.assert_close(theirs, student.respond(np.array(texts, dtype=object)), atol=1e-5, rtol=1e-4)


def test_that_a_student_that_transformers_does_not_know_is_refused(run: Path, finish: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="one of transformers' networks"):
        finish(export(run, tmp_path, ["huggingface"]))
    assert not list(tmp_path.iterdir())
