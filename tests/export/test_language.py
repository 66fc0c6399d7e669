"""A small language model, really trained and exported: its files answer at every place as it does, and write alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from kdstudio.core.errors import ExportError
from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.models.next_token import expected
from kdstudio.models.source import load
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.small_language import language_recipe

BEGINNING = "a good film"


@pytest.fixture(scope="module")
def out(finish: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("language")
    value = language_recipe(
        place,
        student={"shrink": {"width": 1, "depth": 0.5}},
        methods=[{"method": "token_kl"}],
        optimizer={"name": "adamw", "learning_rate": 0.01},
    )
    finish(train(parse(value), place / "run"))
    return place


@pytest.fixture(scope="module")
def files(out: Path, finish: Any) -> Path:
    reports = finish(export(out / "run", out / "ex port", ["onnx", "safetensors", "torchscript", "huggingface"]))
    assert [report.passed for report in reports] == [True] * 4
    assert all(report.inputs > 200 for report in reports)  # places, and not the 26 passages
    return out / "ex port"


def test_that_the_card_and_the_report_are_about_tokens(files: Path):
    card = (files / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "the next of 120 tokens, at each place of a text" in card
    assert len(json.loads((files / "labels.json").read_text(encoding="utf-8"))) == 120


def test_that_predict_py_writes_what_the_student_would(out: Path, files: Path):
    command = [sys.executable, "-W", "ignore", "-X", "utf8", str(files / "predict.py"), BEGINNING]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    student = load(RunFolder(out / "run").best_student)
    tokens = student.preprocessing.apply(np.array([BEGINNING], dtype=object))
    while tokens.shape[1] < 32:
        with torch.no_grad():
            tokens = torch.cat([tokens, student.module(tokens)[:, -1].argmax(-1, keepdim=True)], dim=1)
    words = transformers.PreTrainedTokenizerFast.from_pretrained(out / "teller").decode(
        tokens[0], skip_special_tokens=True
    )
    assert done.stdout.strip() == words.strip()


def test_that_transformers_opens_the_folder_and_expects_the_same(out: Path, files: Path):
    with torch.random.fork_rng():
        network = transformers.AutoModelForCausalLM.from_pretrained(files / "huggingface", local_files_only=True).eval()
    student = load(RunFolder(out / "run").best_student)
    tokens = student.preprocessing.apply(np.array([BEGINNING], dtype=object))
    with torch.no_grad():
        theirs = network(input_ids=tokens).logits[0, -1].numpy()
    np.testing.assert_allclose(theirs, expected(student, np.array([BEGINNING], dtype=object))[0], atol=1e-5)


def test_that_a_page_of_classes_is_refused(out: Path, finish: Any):
    with pytest.raises(ExportError, match="writes text"):
        finish(export(out / "run", out / "page", ["web"]))
