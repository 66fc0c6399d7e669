"""A teacher of which only recorded answers are there: targets by hand, and a run from them."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from kdstudio.core.events import Losses, Stopped
from kdstudio.core.layout import RunFolder
from kdstudio.data.answers.recording import read as read_recording
from kdstudio.data.read import read
from kdstudio.methods.base import Exchange
from kdstudio.methods.losses import IGNORE
from kdstudio.methods.top_k_kl import TopKKl
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.source import load
from kdstudio.models.tokenizers import tokenizer_in
from kdstudio.models.values import Outputs
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import parse
from kdstudio.training.batches import load as load_tensors
from kdstudio.training.control import Control, controlled
from kdstudio.training.matched import match
from kdstudio.training.opening import open_recipe
from kdstudio.training.pulls import pulls
from kdstudio.training.recorded import RecordedTeacher
from kdstudio.training.run import resume, train
from kdstudio.training.teachers import Recorded
from tests.small_language import write_exchanges, write_teller
from tests.small_task import finish, result, trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_teller(tmp_path_factory.mktemp("recorded") / "model")


@pytest.fixture(scope="module")
def reader(folder: Path) -> TokenPreprocessing:
    found = tokenizer_in(folder)
    assert found is not None
    return found


def entry(token: str, likely: dict[str, float]) -> dict[str, Any]:
    top = [{"token": one, "logprob": math.log(share)} for one, share in likely.items()]
    return {"token": token, "logprob": math.log(likely.get(token, 0.01)), "top_logprobs": top}


def write_recorded(file: Path, reader: TokenPreprocessing, count: int = 160) -> Path:
    """Write random exchanges, at each token of which a teacher found it likely, and the word `movie` possible."""
    write_exchanges(file, count)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        words = [f" {word}" for word in row["response"].split()]
        words[0] = words[0].strip()  # an answer begins without a space
        content = [entry(word, {word: 0.6, " movie": 0.2} if word != " movie" else {word: 0.8}) for word in words]
        row["logprobs"] = {"content": content}
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, reader: TokenPreprocessing) -> Path:
    return write_recorded(tmp_path_factory.mktemp("recorded") / "answers.jsonl", reader)


def recipe(answers: Path, folder: Path, **changes: object) -> dict[str, Any]:
    return {
        "data": {"path": str(answers), "validation": 0.1, "limit": 96},
        "teachers": [{"path": str(answers)}],
        "student": {
            "architecture": "tiny_transformer",
            "knobs": {"width": 16, "layers": 1, "heads": 2},
            "tokens": str(folder),
        },
        "methods": [{"method": "hard_labels", "weight": 0.5}, {"method": "top_k_kl", "weight": 0.5, "k": 2}],
        "optimizer": {"name": "adamw", "learning_rate": 0.01},
        "epochs": 2,
        "batch_size": 32,
        "threads": 1,
        "device": "cpu",
    } | changes


def test_that_targets_are_what_was_recorded_and_one_tail(tmp_path: Path, reader: TokenPreprocessing):
    content = [
        entry("a", {"a": 0.5, "the": 0.2, "zebra": 0.1}),  # not in the student's tokens: part of the tail
        entry(" good film", {" good film": 0.9}),  # another token than the student's
        entry(" is", {" is": 0.25, " and": 0.25}),
    ]
    row = {"prompt": "a movie", "response": "a good film is", "logprobs": {"content": content}}
    (tmp_path / "rows.jsonl").write_text(f"{json.dumps(row)}\n" * 2)
    part = read(tmp_path / "rows.jsonl").parts["train"]
    data = result(load_tensors(part, torch.device("cpu"), "training", [reader], reader=reader))
    recording = read_recording(tmp_path / "rows.jsonl")
    targets = match(recording, reader, part.read(np.arange(2)), data.ahead[reader].shape[1])
    batch = data.batch(torch.arange(2))
    logits = Recorded(targets, 120).outputs(batch, torch.arange(2), 0).logits
    assert (targets.asked, len(targets.tokens)) == (2 * 5, 2 * 2)  # the end of the answer was not recorded
    assert targets.recorded == pytest.approx((0.8 + 0.5) / 2)
    assert targets.matched == pytest.approx((0.7 + 0.5) / 2)
    numbers = {reader.word(number): number for number in range(120)}
    shares = logits.exp()[0]
    torch.testing.assert_close(shares.sum(1), torch.ones(len(shares)))
    first, good, film, last, end = (at for at, one in enumerate(batch.targets[0].tolist()) if one != IGNORE)
    likely = {first: {"a": 0.5, "the": 0.2}, last: {"is": 0.25, "and": 0.25}}
    certain = {good: "good", film: "film", end: "[SEP]"}
    for place, words in likely.items():
        for word, share in words.items():
            assert float(shares[place, numbers[word]]) == pytest.approx(share)
        assert float(shares[place, numbers["movie"]]) == pytest.approx((1 - sum(words.values())) / 118)
    student = torch.randn(logits.shape[1:], generator=torch.Generator().manual_seed(1)).expand(logits.shape)
    known = student.double().log_softmax(2)[0]
    by_hand = -sum(float(known[place, numbers[word]]) for place, word in certain.items())
    for place, words in likely.items():
        own = {word: math.exp(float(known[place, numbers[word]])) for word in words}
        by_hand += sum(share * math.log(share / own[word]) for word, share in words.items())
        rest = 1 - sum(words.values())
        by_hand += rest * math.log(rest / (1 - sum(own.values())))
    found = TopKKl(k=2).terms(Exchange(batch, Outputs(student), Outputs(logits)))["kl"]
    assert float(found) == pytest.approx(by_hand / 5, rel=1e-5)


def test_that_a_student_learns_from_answers_alone(answers: Path, folder: Path, tmp_path: Path):
    run = trained(recipe(answers, folder), tmp_path / "run")
    summary = json.loads((run / "summary.json").read_text())
    assert summary["transfer"]["kl"] < summary["transfer"]["baseline_kl"]
    found = [Run(run).predictions(who, "test", kind) for who, kind in (("teacher", "last"), ("student", "best"))]
    assert found[0].index.tolist() == found[1].index.tolist()
    assert found[0].targets.tolist() == found[1].targets.tolist()
    assert load(RunFolder(run).best_student).per_token
    assert json.loads((run / "recipe.json").read_text())["teachers"][0]["kind"] == "stored"


def test_that_a_stopped_run_goes_on_to_the_same_bits(answers: Path, folder: Path, tmp_path: Path):
    value = recipe(answers, folder)
    trained(value, tmp_path / "whole")
    control, seen = Control(), 0
    for event in controlled(train(parse(value), tmp_path / "run"), control):
        seen += event.event == "advanced"
        if seen == 4:
            control.stop(report=False)
    assert isinstance(event, Stopped)
    finish(resume(tmp_path / "run"))
    one, other = (load(RunFolder(tmp_path / name).best_student).module.state_dict() for name in ("whole", "run"))
    assert all(torch.equal(weight, other[key]) for key, weight in one.items())


def told(value: dict[str, Any]) -> str:
    opened = open_recipe(parse(value))
    return "\n".join(f"{one.severity}: {one.message} {one.hint}" for one in opened.problems)


def test_that_it_says_what_share_could_be_matched(answers: Path, folder: Path):
    said = told(recipe(answers, folder))
    assert "error" not in said
    assert "tokens have the teacher's alternatives; they hold 80.0% of its probability" in said


def test_that_answers_without_alternatives_are_learned_as_they_are(tmp_path: Path, folder: Path):
    plain = write_exchanges(tmp_path / "plain.jsonl")
    value = recipe(plain, folder, methods=[{"method": "token_kl"}], epochs=1)
    assert "no alternatives were recorded" in told(value)
    run = trained(value, tmp_path / "run")
    assert json.loads((run / "summary.json").read_text())["student"]["perplexity"] > 1


def test_that_what_does_not_fit_is_refused(answers: Path, folder: Path, tmp_path: Path):
    other = write_exchanges(tmp_path / "other.jsonl", 30, system="be brief")
    data = {"data": {"path": str(other), "validation": 0.2}}
    assert "none of the training texts is one of the teacher's recorded answers" in told(
        recipe(answers, folder, **data)
    )
    layers = {"methods": [{"method": "similarity_preserving"}]}
    assert "error" in told(recipe(answers, folder, **layers))
    two = {"teachers": [{"path": str(answers)}, {"path": str(answers)}]}
    assert "cannot be blended" in told(recipe(answers, folder, **two))
    nobody = {"student": {"architecture": "gru"}}
    assert "nobody says what its tokens are" in told(recipe(answers, folder, **nobody))
    nothing = {"student": {"architecture": "gru", "tokens": str(tmp_path)}}
    assert "has no tokenizer" in told(recipe(answers, folder, **nothing))


def test_that_a_student_goes_on_from_a_language_model(answers: Path, folder: Path):
    assert "error" not in told(recipe(answers, folder, student={"path": str(folder)}))


def test_that_texts_that_the_teacher_did_not_say_are_told(answers: Path, folder: Path, tmp_path: Path):
    more = tmp_path / "more.jsonl"
    more.write_text(answers.read_text() + '{"prompt": "a film", "response": "a good one"}\n' * 40)
    value = recipe(answers, folder, data={"path": str(more), "validation": 0.1})
    assert "training texts are none of the teacher's answers" in told(value)


def test_that_the_pull_of_each_method_is_that_of_the_first_step(answers: Path, folder: Path, tmp_path: Path):
    value = recipe(answers, folder, epochs=1)
    told_ = pulls(open_recipe(parse(value)).ready())
    seen, _ = finish(train(parse(value), tmp_path / "run"))
    first = next(event for event in seen if isinstance(event, Losses) and len(event.gradient_norms) > 2)
    assert told_.norms == pytest.approx({k: v for k, v in first.gradient_norms.items() if k != "total"}, rel=1e-3)


def test_that_a_form_shows_what_the_teacher_would_begin_with(answers: Path, folder: Path):
    opened = open_recipe(parse(recipe(answers, folder)))
    assert isinstance(opened.stored, RecordedTeacher)
    assert opened.splits is not None
    text = opened.splits.validation.read(np.array([0]))[0]
    found = opened.stored.begins(text)
    assert found is not None
    assert opened.dataset is not None
    assert opened.dataset.class_names[int(found.argmax())] == text.response.split()[0]
    assert math.exp(found.max()) == pytest.approx(0.6, abs=0.01) or "movie" in text.response.split()[0]


def test_that_part_of_a_letter_is_no_place_of_the_teacher(tmp_path: Path):
    """Of a student that reads bytes only the letters that are one byte can be matched."""
    letters = Tokenizer(
        models.BPE({letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, [])
    )
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    reader = TokenPreprocessing(tokenizer=letters.to_str(), length=64)
    content = [entry("o", {"o": 0.5, "a": 0.25}), entry("l", {"l": 0.5}), entry("é", {"é": 0.5, "e": 0.4})]
    row = {"prompt": "hi", "response": "olé!", "logprobs": {"content": [*content, entry("!", {"!": 0.9, "?": 0.1})]}}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    part = read(tmp_path / "rows.jsonl").parts["train"]
    found = match(read_recording(tmp_path / "rows.jsonl"), reader, part.read(np.arange(1)), 64)
    assert (found.asked, len(found.tokens)) == (5, 3)
    assert found.matched == pytest.approx((0.75 + 0.5 + 1.0) / 3)
