"""What is told of a term that does not teach: in words by itself, and in a run that was really set up badly."""

import numpy as np
import pytest

from kdstudio.core.events import Losses, Noticed
from kdstudio.core.types import Predictions
from kdstudio.recipe.choices import MethodChoice
from kdstudio.training.run import train
from kdstudio.training.signs import Signs, of_temperatures
from tests.small_task import finish
from tests.training.conftest import recipe


def losses(terms: dict[str, float], norms: dict[str, float]) -> Losses:
    return Losses(step=1, epoch=1.0, terms=terms, gradient_norms=norms, learning_rate=0.1)


def messages(signs: Signs, *reports: Losses, progress: float = 0.5) -> list[str]:
    return [problem.message for report in reports for problem in signs.of(report, progress)]


def test_that_a_term_far_weaker_than_the_rest_is_told_once() -> None:
    report = losses({}, {"total": 5.0, "a/x": 5.0, "b/x": 0.01})
    told = messages(Signs("student"), report, report)
    assert told == ["b/x hardly moves the student: its gradient is 1/500 of the strongest term's"]


def test_that_a_term_that_still_grows_may_be_weak() -> None:
    assert not messages(Signs("student"), losses({}, {"a/x": 5.0, "b/x": 0.01}), progress=0.05)


def test_that_a_term_that_was_strong_may_fade() -> None:
    strong, faded = losses({}, {"a/x": 5.0, "b/x": 3.0}), losses({}, {"a/x": 5.0, "b/x": 0.001})
    assert not messages(Signs("student"), strong, faded)


def test_that_terms_of_like_strength_are_not_told() -> None:
    assert not messages(Signs("student"), losses({}, {"total": 1.0, "a/x": 1.0, "b/x": 0.02}))


def test_that_a_loss_that_never_changes_is_told_once() -> None:
    reports = [losses({"total": 1.0 + i, "a/x": 0.25}, {}) for i in range(30)]
    assert messages(Signs("student"), *reports) == ["a/x has been 0.25 for 10 reports"]


@pytest.mark.parametrize(
    ("scale", "temperature", "words"),
    [(1.0, 90.0, "equally likely"), (400.0, 1.0, "hardly more than labels"), (3.0, 2.0, "")],
)
def test_that_a_temperature_is_told_that_leaves_nothing_of_the_teacher(scale, temperature, words) -> None:
    logits = (np.random.default_rng(0).normal(size=(50, 10)) * scale).astype(np.float32)
    rows = np.arange(50)
    teacher = Predictions(rows, rows % 10, logits, tuple("0123456789"), "teacher", "validation")
    choice = MethodChoice(method="soft_targets", temperature=temperature)
    told = [problem.message for problem in of_temperatures((choice,), teacher)]
    assert len(told) == bool(words)
    assert all(words in message for message in told)


def test_that_a_run_says_how_strong_each_term_is_and_which_is_lost(digits, teacher, tmp_path) -> None:
    methods = [{"method": "hard_labels"}, {"method": "soft_targets", "weight": 1e-5}]
    seen, _ = finish(train(recipe(digits, teachers=[{"path": str(teacher)}], methods=methods), tmp_path / "run"))
    norms = [event.gradient_norms for event in seen if isinstance(event, Losses) and event.learner == "student"]
    assert {"total", "hard_labels/cross_entropy", "soft_targets/kl"} == norms[0].keys()
    told = [event.problem.message for event in seen if isinstance(event, Noticed)]
    assert [message for message in told if message.startswith("soft_targets/kl hardly moves the student")]
