"""Distilling from a file of answers: scikit-learn taught, nobody has its model."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.types import log_softmax
from kdstudio.engine.desk import Desk
from kdstudio.models.source import load
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import StopRequested
from kdstudio.training.inspect import inspect
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="session")
def probabilities() -> np.ndarray:
    """What a logistic regression answers to all digits, (1797, 10)."""
    bunch = load_digits()
    model = LogisticRegression(max_iter=60).fit(bunch.data[:600] / 16, bunch.target[:600])
    return np.asarray(model.predict_proba(bunch.data / 16))


@pytest.fixture
def stored(tmp_path: Path, probabilities: np.ndarray) -> Path:
    path = tmp_path / "antworten.npy"
    np.save(path, probabilities)
    return path


def taught(digits: Path, answers: Path, **changes: object) -> Recipe:
    teachers = [{"kind": "stored", "path": str(answers)}]
    return recipe(digits, teachers=teachers, methods=list(SOFT), **changes)


def test_that_a_student_learns_from_answers_alone(digits: Path, stored: Path, probabilities, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _, summary = finish(train(taught(digits, stored, epochs=5), run))
    assert summary["teacher"]["accuracy"] > 0.9
    assert summary["teacher"]["parameters"] is None
    assert summary["student"]["accuracy"] > 0.9
    assert summary["transfer"]["agreement"] > summary["transfer"]["baseline_agreement"] - 0.02
    assert summary["transfer"]["kl"] < summary["transfer"]["baseline_kl"]
    assert summary["timing"]["cache"] is False
    for split in ("validation", "test"):
        place = run / "predictions" / "teacher" / split
        rows, logits = np.load(place / "index.npy"), np.load(place / "last" / "logits.npy")
        assert np.allclose(np.exp(log_softmax(logits)), probabilities[rows], atol=1e-5)
    glimpsed = np.load(run / "glimpses" / "teacher.npy")
    kept = json.loads((run / "recipe.json").read_text())
    assert np.allclose(np.exp(log_softmax(glimpsed[0])), probabilities[kept["probes"]], atol=1e-5)
    assert json.loads((run / "provenance.json").read_text())["teachers"][0]["sha256"]
    assert (kept["teachers"][0]["kind"], kept["teachers"][0]["path"]) == ("stored", str(stored))


def test_that_logits_and_probabilities_teach_the_same(
    digits: Path, stored: Path, probabilities, tmp_path: Path
) -> None:
    logits = tmp_path / "logits.npz"
    np.savez(logits, train=np.log(np.maximum(probabilities, 1e-7)) + 3)
    finish(train(taught(digits, stored, epochs=1), tmp_path / "a"))
    finish(train(taught(digits, logits, epochs=1), tmp_path / "b"))
    a, b = (load(tmp_path / run / "checkpoints" / "best" / "student.safetensors").module for run in "ab")
    for one, other in zip(a.parameters(), b.parameters(), strict=True):
        assert np.allclose(one.detach(), other.detach(), atol=1e-4)


@pytest.mark.slow
def test_that_a_resumed_run_ends_with_the_same_bits(digits: Path, stored: Path, tmp_path: Path) -> None:
    finish(train(taught(digits, stored), tmp_path / "whole"))
    events = train(taught(digits, stored), tmp_path / "cut")
    next(event for event in events if event.event == "advanced" and event.step == 30)
    events.throw(StopRequested(report=False))
    finish(events)
    finish(resume(tmp_path / "cut"))
    files = [tmp_path / name / "checkpoints" / "best" / "student.safetensors" for name in ("whole", "cut")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_that_a_shipped_test_part_without_answers_has_no_figures(digits: Path, probabilities, tmp_path: Path) -> None:
    with np.load(digits) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    data, answers = tmp_path / "parts.npz", tmp_path / "p.npy"
    np.savez(data, x_train=images[:1500], y_train=labels[:1500], x_test=images[1500:], y_test=labels[1500:])
    np.save(answers, probabilities[:1500])
    seen, summary = finish(train(taught(data, answers, epochs=2), tmp_path / "run"))
    assert summary["teacher"] is None
    assert summary["student"]["accuracy"] > 0.5
    assert all(summary["transfer"][name] is None for name in ("agreement", "kl", "inherited", "recovered"))
    assert not (tmp_path / "run" / "predictions" / "teacher" / "test").exists()
    notes = [event.problem.message for event in seen if event.event == "noticed"]
    assert any("no figures of the teacher in the final report" in note for note in notes)
    validated = [event for event in seen if event.event == "evaluated" and event.split == "validation"]
    assert all(event.metrics["agreement"] is not None for event in validated)
    np.savez(tmp_path / "both.npz", train=probabilities[:1500], test=probabilities[1500:])
    _, summary = finish(train(taught(data, tmp_path / "both.npz", epochs=1), tmp_path / "both"))
    assert summary["teacher"]["count"] == 297


def test_that_everything_wrong_is_told_at_once(digits: Path, stored: Path, probabilities, tmp_path: Path) -> None:
    short = tmp_path / "short.npz"
    np.savez(short, probabilities=probabilities[:1000], index=np.arange(1000))
    wish = taught(digits, short, augmentation={"flip": True}, student={"architecture": "mlp", "knobs": {"hidden": [0]}})
    with pytest.raises(InvalidRecipe) as caught:
        finish(train(wish, tmp_path / "run"))
    wrong = {problem.where: problem for problem in caught.value.problems}
    assert "training inputs have no stored answer, the first is row" in wrong["teachers[0]"].message
    assert "as they are" in wrong["augmentation"].message
    assert any(where.startswith("student.knobs") for where in wrong)
    assert all(wrong[where].hint for where in ("teachers[0]", "augmentation"))


def test_that_a_wrong_kind_is_told_with_the_right_one(digits: Path, stored: Path, teacher: Path) -> None:
    opened = open_recipe(recipe(digits, teachers=[{"path": str(stored)}], methods=list(SOFT)))
    assert '"kind": "stored"' in opened.errors[0].hint
    opened = open_recipe(taught(digits, teacher))
    assert opened.errors[0].where == "teachers[0].path"


def test_that_answers_in_another_order_are_doubted(digits: Path, probabilities, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.roll(probabilities, 1, axis=1))
    opened = open_recipe(taught(digits, tmp_path / "p.npy"))
    assert opened.stored is not None
    assert opened.stored.accuracy is not None
    assert opened.stored.accuracy < 0.3
    assert any("another order" in problem.hint for problem in opened.problems)


def test_that_the_desk_answers_what_stored_answers_can(
    digits: Path, stored: Path, probabilities, tmp_path: Path
) -> None:
    desk, wish = Desk(), taught(digits, stored, epochs=1)
    value = wish.to_value()
    check = desk.answer({"ask": "check", "recipe": value}, is_busy=False)
    assert check["teacher"]["accuracy"] > 0.9
    assert check["estimate"]["seconds"] > 0
    assert "stored" in check["estimate"]["why"]
    preview = desk.answer({"ask": "preview", "recipe": value, "row": 3}, is_busy=False)
    assert np.allclose(np.exp(log_softmax(np.array(preview["logits"]))), probabilities[preview["row"]], atol=1e-5)
    finish(train(wish, tmp_path / "run"))
    from PIL import Image

    Image.fromarray((load_digits().images[8] * 15.9).astype(np.uint8)).save(tmp_path / "eight.png")
    answer = desk.answer(
        {"ask": "classify", "run": str(tmp_path / "run"), "image": str(tmp_path / "eight.png")}, is_busy=False
    )
    assert answer["teacher"] is None
    assert "stored answers" in answer["note"]
    assert len(answer["student"]) == 10


def test_that_inspect_names_a_file_of_answers(stored: Path) -> None:
    item = inspect(stored)
    assert (item.role, item.format, item.title) == ("model", "answers", "Stored answers · 1,797 × 10")
    assert item.can_train is False
    stored.write_bytes(stored.read_bytes()[:5000])
    item = inspect(stored)
    assert item.problems[0].severity == "error"
