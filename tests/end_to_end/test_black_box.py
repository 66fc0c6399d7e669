"""A teacher that can only be asked: a real server, a recorder that is killed, and a student of its answers."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kdstudio.data.answers.recording import read as read_recording
from kdstudio.data.read import read
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.source import load
from kdstudio.training.batches import load as load_tensors
from kdstudio.training.matched import match
from tests.served import served
from tests.small_task import result, trained

NAMES = ("Tom", "Lily", "Sue", "Max", "Ben", "Mia")
THINGS = ("dog", "cat", "ball", "tree", "car", "boat")
SETTINGS = ["--max-tokens", "48", "--top-logprobs", "20"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("black_box")
    prompts = [f"Once upon a time, {name} had a {thing}." for name in NAMES for thing in THINGS]
    (found / "prompts.txt").write_text("\n".join(prompts), encoding="utf-8")
    return found


def recorder(url: str, place: Path, to: str) -> subprocess.Popen[bytes]:
    asked = ["--endpoint", f"{url}/completions", "--prompts", str(place / "prompts.txt"), "--to", str(place / to)]
    return subprocess.Popen(
        [sys.executable, "-m", "kdstudio", "record", *asked, *SETTINGS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"http_proxy": "http://127.0.0.1:9"},  # which must not be used
    )


def finished(process: subprocess.Popen[bytes]) -> None:
    with process:
        _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said.decode()


def killed_at(process: subprocess.Popen[bytes], file: Path, size: int) -> None:
    """Kill a recorder as soon as its file has so many bytes."""
    with process:
        until = time.monotonic() + 60
        while not file.exists() or file.stat().st_size < size:
            assert time.monotonic() < until
            assert process.poll() is None, process.stderr
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="module")
def answers(place: Path, real_data: Any) -> Path:
    """Record once as a whole, and once killed three times on the way."""
    with served(real_data("stories260k/hf")) as teller:
        finished(recorder(teller.url, place, "whole.jsonl"))
        asked, size = len(teller.seen), (place / "whole.jsonl").stat().st_size
        for share in (0.2, 0.5, 0.8):
            killed_at(recorder(teller.url, place, "killed.jsonl"), place / "killed.jsonl", int(size * share))
        finished(recorder(teller.url, place, "killed.jsonl"))
        assert len(teller.seen) - asked <= asked + 3  # one in flight at each kill
    return place / "killed.jsonl"


@pytest.mark.timeout(300)
def test_that_a_killed_recorder_goes_on_to_the_same_file(answers: Path, place: Path):
    assert answers.read_bytes() == (place / "whole.jsonl").read_bytes()
    assert len(answers.read_text(encoding="utf-8").splitlines()) == len(NAMES) * len(THINGS)


@pytest.mark.timeout(300)
def test_that_the_targets_are_the_teachers_own_probabilities(answers: Path, real_data: Any):
    """What is learned from the file is what the model itself says, wherever it read the same tokens."""
    model = load(real_data("stories260k/hf"))
    reader = model.preprocessing
    assert isinstance(reader, TokenPreprocessing)
    part = read(answers).parts["train"]
    data = result(load_tensors(part, torch.device("cpu"), "training", [reader], reader=reader))
    texts = part.read(np.arange(len(part)))
    targets = match(read_recording(answers), reader, texts, data.ahead[reader].shape[1])
    assert targets.share > 0.95
    assert targets.matched == pytest.approx(targets.recorded, abs=0.01)
    compared = 0
    for number in range(8):
        if int((targets.row[number] >= 0).sum()) < int(data.is_asked()[number].sum()):
            continue  # the text was read in other tokens than it was written in
        batch = data.batch(torch.tensor([number]))
        with torch.no_grad():
            theirs = model.module(batch.prepared(reader)).log_softmax(2)[0]
        rows = targets.row[number, : batch.targets.shape[1]]
        for place_, row in enumerate(rows.tolist()):
            if row < 0:
                continue
            for token, share in zip(targets.tokens[row].tolist(), targets.shares[row].tolist(), strict=True):
                if token >= 0:
                    assert share == pytest.approx(math.exp(float(theirs[place_, token])), rel=1e-3, abs=1e-6)
                    compared += 1
    assert compared > 1000


@pytest.mark.timeout(300)
def test_that_the_alternatives_make_a_better_student_than_the_answers_alone(answers: Path, place: Path, real_data: Any):
    run = trained(
        {
            "data": {"path": str(answers), "validation": 0.15},
            "teachers": [{"path": str(answers)}],
            "student": {"architecture": "gru", "tokens": str(real_data("stories260k/hf"))},
            "methods": [{"method": "hard_labels", "weight": 0.5}, {"method": "top_k_kl", "weight": 0.5, "k": 20}],
            "optimizer": {"name": "adamw", "learning_rate": 0.01},
            "epochs": 25,
            "batch_size": 8,
            "threads": 1,
            "device": "cpu",
        },
        place / "run",
    )
    summary = json.loads((run / "summary.json").read_text())
    assert summary["student"]["perplexity"] < summary["baseline"]["perplexity"] - 2
    assert summary["transfer"]["kl"] < summary["transfer"]["baseline_kl"]
