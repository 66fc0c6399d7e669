"""A language model that learns answers to prompts: of a prompt nothing is learned, scored, or compared."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kdstudio.core.events import Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.methods.base import Exchange
from kdstudio.methods.hard_labels import HardLabels
from kdstudio.methods.token_kl import TokenKl
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.source import load
from kdstudio.models.taps import answer
from kdstudio.project.run import Run
from kdstudio.recipe.choices import DataChoice
from kdstudio.recipe.recipe import parse
from kdstudio.training.batches import load as load_tensors
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import train
from kdstudio.training.scoring import score_file
from tests.small_language import language_recipe, write_exchanges
from tests.small_task import finish, result, trained


@pytest.fixture(scope="module")
def value(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("exchanges")
    made = language_recipe(place)
    return made | {"data": {**made["data"], "path": str(write_exchanges(place / "exchanges.jsonl"))}}


@pytest.fixture(scope="module")
def run(value: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(value, tmp_path_factory.mktemp("exchanges") / "run")


def by_hand(model: Model, tokens: list[int]) -> list[list[float]]:
    """Return log-probabilities at each place, in float64."""
    with torch.no_grad():
        logits = model.module(torch.tensor([tokens]))[0].double().tolist()
    totals = [math.log(sum(math.exp(value) for value in row)) for row in logits]
    return [[value - total for value in row] for row, total in zip(logits, totals, strict=True)]


def test_that_token_kl_and_hard_labels_of_answers_are_those_of_a_loop_by_hand(value: dict):
    opened = open_recipe(parse(value))
    student, teacher, splits = opened.student, opened.teacher, opened.splits
    assert student is not None and teacher is not None and splits is not None  # noqa: PT018
    reader = student.preprocessing
    assert isinstance(reader, TokenPreprocessing)
    student.module.eval()
    part = splits.train.subset(np.arange(6))
    data = result(load_tensors(part, torch.device("cpu"), "training", [reader], reader=reader))
    batch = data.batch(torch.arange(6))
    with torch.no_grad():
        exchange = Exchange(batch, answer(student, batch), answer(teacher, batch))
    divergences, losses = [], []
    for text in part.read(np.arange(6)):
        found = reader.reading(text)
        begin = found.wanted.index(True)
        assert reader.text(found.tokens[begin:]).replace(" ", "") == text.response.replace(" ", "")
        s, t = by_hand(student, list(found.tokens)), by_hand(teacher, list(found.tokens))
        for place in range(begin - 1, len(found.tokens) - 1):
            pairs = zip(t[place], s[place], strict=True)
            divergences.append(sum(math.exp(a) * (a - b) for a, b in pairs))
            losses.append(-s[place][found.tokens[place + 1]])
    assert float(TokenKl().terms(exchange)["kl"]) == pytest.approx(sum(divergences) / len(divergences), rel=1e-4)
    loss = HardLabels().terms(exchange)["cross_entropy"]
    assert float(loss) == pytest.approx(sum(losses) / len(losses), rel=1e-5)


def test_that_only_the_tokens_of_answers_are_scored(run: Path, value: dict):
    stored, passages = Run(run), Run(run).passages("test")
    assert passages is not None
    found = stored.predictions("student", "test", "best")
    summary = json.loads((run / "summary.json").read_text())
    reader = load(RunFolder(run).best_student).preprocessing
    assert isinstance(reader, TokenPreprocessing)
    by_row = {row: [] for row in passages.row.tolist()}
    for index, target in zip(found.index.tolist(), found.targets.tolist(), strict=True):
        by_row[index // passages.places].append(target)
    rows = [json.loads(line) for line in Path(value["data"]["path"]).read_text().splitlines()]
    for row, targets in by_row.items():
        assert reader.text(targets) == rows[row]["response"]
    size = sum(len(reader.text(targets).encode()) for targets in by_row.values())
    assert summary["student"]["count"] == len(found.index)
    assert summary["student"]["bits_per_byte"] == pytest.approx(
        summary["student"]["nll"] / math.log(2) * len(found.index) / size
    )


def test_that_conversations_that_are_too_long_are_told_of(value: dict, tmp_path: Path):
    long = tmp_path / "long.jsonl"
    long.write_text(json.dumps({"prompt": "a film " * 40, "response": "the end"}) + "\n", encoding="utf-8")
    long.write_text(Path(value["data"]["path"]).read_text() + long.read_text() * 60, encoding="utf-8")
    events = train(parse({**value, "data": {"path": str(long), "validation": 0.1}, "epochs": 1}), tmp_path / "run")
    told = [event.problem.message for event in finish(events)[0] if isinstance(event, Noticed)]
    assert any("training conversations fill all 32 tokens" in message for message in told)


def test_that_a_model_is_scored_on_answers_alone(value: dict):
    _, found = finish(score_file(Path(value["teachers"][0]["path"]), DataChoice(**value["data"]), "test"))
    assert found["count"] < 300
