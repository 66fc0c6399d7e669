from pathlib import Path

import pytest

from kdstudio.core.errors import Problem
from kdstudio.core.events import Advanced, Checkpointed, Evaluated, Progress, Resumed, Staged
from kdstudio.core.files import write_json
from kdstudio.recipe.recipe import parse
from kdstudio.ui.panels.run_words import best, duration, epoch_words, saved_epoch, standing
from kdstudio.ui.shown_run import ShownRun


def evaluated(epoch: int, **metrics: float | None) -> Evaluated:
    return Evaluated(step=epoch * 10, epoch=epoch, learner="student", split="validation", metrics=metrics)


@pytest.fixture
def run(qapp: object) -> ShownRun:
    made = ShownRun()
    made.recipe = parse(
        {
            "data": {"path": "d"},
            "student": {"architecture": "mlp"},
            "methods": [{"method": "hard_labels"}],
            "epochs": 30,
        }
    )
    return made


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (5, "5 s"), (59.6, "1 min 0 s"), (190, "3 min 10 s"), (1500, "25 min"), (7500, "2 h 5 min")],
)
def test_that_a_duration_has_two_figures(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_that_the_best_epoch_is_the_one_that_training_keeps() -> None:
    told = [
        evaluated(1, accuracy=0.8, nll=0.6),
        evaluated(2, accuracy=0.9, nll=0.5),
        evaluated(3, accuracy=0.9, nll=0.4),
    ]
    found = best([*told, evaluated(4, accuracy=0.9, nll=0.4)])
    assert found is not None
    assert (found.epoch, found.words) == (3, "90.0%")


def test_that_a_chain_says_who_learns_and_in_which_stage(run: ShownRun) -> None:
    run.feed([Staged(step=0, number=1, stages=2, learner="assistant1", teacher="teacher", epochs=5)])
    run.feed([Advanced(step=10, total=600, epoch=1.5, learner="assistant1")])
    assert standing(run).title == "Assistant 1, epoch 2 of 5"
    assert standing(run).note == "stage 1 of 2 · first results after epoch 1"
    told = Evaluated(step=10, epoch=1, learner="assistant1", split="validation", metrics={"accuracy": 0.5})
    run.feed([told])
    assert standing(run).note == "stage 1 of 2 · best 50.0% at epoch 1"
    run.feed([Staged(step=50, number=2, stages=2, learner="student", teacher="assistant1", epochs=30)])
    run.feed([Advanced(step=60, total=600, epoch=0.5)])
    assert standing(run).title == "Student, epoch 1 of 30"
    assert best(run.history) is None  # of the student


def test_that_agreement_decides_where_there_are_no_labels() -> None:
    found = best([evaluated(1, accuracy=None, agreement=0.7), evaluated(2, accuracy=None, agreement=0.6)])
    assert found is not None
    assert (found.epoch, found.words) == (1, "70.0% agreement")


def test_that_other_tasks_have_their_own_best() -> None:
    several = best([evaluated(1, accuracy=0.5, f1=0.6, nll=0.3), evaluated(2, accuracy=0.4, f1=0.7, nll=0.3)])
    assert (several.epoch, several.words) == (2, "F1 0.700")
    numbers = best([evaluated(1, accuracy=None, r2=0.9, rmse=3.0), evaluated(2, accuracy=None, r2=0.9, rmse=2.0)])
    assert (numbers.epoch, numbers.words) == (2, "R² 0.900")
    alone = best([evaluated(1, r2=None, rmse=None, correlation=0.5), evaluated(2, r2=None, rmse=None, correlation=0.8)])
    assert (alone.epoch, alone.words) == (2, "0.800 correlation")


@pytest.mark.parametrize(("epoch", "words"), [(0.0, "1"), (0.1, "1"), (16.2, "17"), (17.0, "17"), (30.0, "30")])
def test_that_the_epoch_is_the_one_being_worked_on(run: ShownRun, epoch: float, words: str) -> None:
    run.feed([Advanced(step=1, total=600, epoch=epoch)])
    assert epoch_words(run) == f"epoch {words} of 30"


def test_that_a_checkpoint_says_what_is_saved(run: ShownRun) -> None:
    run.feed([Advanced(step=400, total=600, epoch=20)])
    assert saved_epoch(run) is None
    run.feed([Checkpointed(step=300, path="last")])
    assert saved_epoch(run) == 15


def test_that_what_is_being_done_is_told_where_no_step_is_made(run: ShownRun) -> None:
    run.set_state("queued")
    assert standing(run).title == "Starting the engine"
    assert standing(run).share is None
    run.feed([Progress(done=1, total=4, doing="Reading training inputs")])
    assert (standing(run).title, standing(run).note, standing(run).share) == ("Reading training inputs", "1 of 4", 0.25)
    run.feed([Advanced(step=600, total=600, epoch=30), Progress(done=0, total=1, doing="Answering the test inputs")])
    assert standing(run).title == "Answering the test inputs"


def test_that_a_batch_that_the_run_found_stands_beside_the_speed(run: ShownRun, tmp_path: Path) -> None:
    asked = run.recipe.to_value()
    run.begin(tmp_path, parse(asked | {"batch_size": "auto"}))
    assert run.batch == 128  # nothing is known yet
    write_json(tmp_path / "recipe.json", asked | {"batch_size": 512})
    write_json(tmp_path / "status.json", {"state": "running"})
    run.feed([Advanced(step=1, total=600, epoch=0.1), Advanced(step=5, total=600, epoch=0.5)])
    assert standing(run).faint.endswith("steps/s, batch 512")
    run.begin(tmp_path, parse(asked))
    run.feed([Advanced(step=1, total=600, epoch=0.1), Advanced(step=5, total=600, epoch=0.5)])
    assert standing(run).faint.endswith("steps/s")


def test_that_a_run_that_goes_on_stands_where_it_was_saved(run: ShownRun, tmp_path: Path) -> None:
    run.folder = tmp_path
    run.feed([Checkpointed(step=200, path="last"), Advanced(step=380, total=600, epoch=19)])
    run.fail(Problem(message="The engine stopped."), interrupted=True)
    run.begin(tmp_path, run.recipe)
    assert epoch_words(run) == "epoch 10 of 30"
    run.feed([Resumed(step=100)])  # the newer checkpoint could not be read
    assert epoch_words(run) == "epoch 5 of 30"
    run.feed([Advanced(step=420, total=600, epoch=21)])
    assert epoch_words(run) == "epoch 21 of 30"
