from pathlib import Path

import pytest

from kdstudio.core.errors import Problem
from kdstudio.core.events import Advanced, Checkpointed
from kdstudio.recipe.recipe import parse
from kdstudio.ui.panels.train.run_trouble import trouble
from kdstudio.ui.shown_run import ShownRun


def failed(
    message: str,
    *,
    device: str = "cuda:0",
    batch: int = 128,
    saved: bool = True,
    saved_step: int = 390,
    **options: bool,
) -> ShownRun:
    run = ShownRun()
    run.folder = Path("runs") / "seven"
    value = {"data": {"path": "d"}, "student": {"architecture": "mlp"}, "methods": [{"method": "hard_labels"}]}
    run.recipe = parse({**value, "device": device, "batch_size": batch, "epochs": 30})
    run.feed([Advanced(step=400, total=600, epoch=20)])
    if saved:
        run.feed([Checkpointed(step=saved_step, path="last")])
    run.fail(Problem(message=message, hint="The hint."), "the traceback", **options)
    return run


def test_that_memory_has_a_way_out_for_the_gpu(qapp: object) -> None:
    told = trouble(failed("The device ran out of memory at batch 128."))
    assert told.title == "The GPU ran out of memory"
    assert told.words == "Batch 128 did not fit. Nothing is lost: the run is saved up to epoch 19.5."
    assert [words for _, words in told.actions] == ["Retry with batch 64", "Start again on the CPU", "Edit the recipe"]


def test_that_a_batch_of_one_cannot_be_halved(qapp: object) -> None:
    told = trouble(failed("The device ran out of memory at batch 1.", device="cpu", batch=1))
    assert [key for key, _ in told.actions] == ["edit"]


@pytest.mark.parametrize(("saved", "words"), [(True, "Resume"), (False, "Start again")])
def test_that_a_dead_engine_says_what_is_safe(qapp: object, saved: bool, words: str) -> None:
    told = trouble(failed("The training engine stopped unexpectedly (signal 9).", saved=saved, interrupted=True))
    assert told.title == "The training engine stopped unexpectedly (signal 9)"
    assert told.actions == (("resume", words),)
    assert ("19.5" in told.words) == saved


def test_that_another_error_keeps_its_hint_and_details(qapp: object) -> None:
    told = trouble(failed("digits.npz does not exist", saved=False))
    assert told.title == "digits.npz does not exist"
    assert told.words.startswith("The hint.")
    assert [key for key, _ in told.actions] == ["edit", "resume"]
    assert "the traceback" in told.details
    assert "seven" in told.details


def test_that_an_interrupted_run_from_the_disk_has_words_too(qapp: object) -> None:
    run = failed("x", interrupted=True)
    run.problem = None
    assert trouble(run).title == "The run was interrupted"


def test_that_lost_work_is_not_called_safe(qapp: object) -> None:
    told = trouble(failed("The training engine stopped unexpectedly (signal 9).", saved_step=320, interrupted=True))
    assert told.words == "The run is saved up to epoch 16; what came after is trained again."


@pytest.mark.parametrize(("saved", "words"), [(True, "Go on"), (False, "Start again")])
def test_that_a_loss_that_is_no_number_offers_a_lower_learning_rate(qapp: object, saved: bool, words: str) -> None:
    run = failed("x", saved=saved)
    message = "The loss of the student is no longer a number since step 9 (epoch 1)."
    run.problem = Problem(message=message, hint="It was too large.", action="slower", value=0.005)
    assert trouble(run).actions == (("onward", f"{words} with learning rate 0.005"), ("edit", "Edit the recipe"))
    run.problem = Problem(message=message, hint="Inputs 3 of the data set hold values that are no numbers.")
    assert [key for key, _ in trouble(run).actions] == ["edit"]


@pytest.mark.parametrize(
    ("saved", "words"), [(True, "Continue on the CPU from the last"), (False, "Start again on the")]
)
def test_that_a_lost_device_offers_the_cpu(qapp: object, saved: bool, words: str) -> None:
    run = failed("x", saved=saved)
    hint = "PyTorch says: CUDA error: unspecified launch failure."
    run.problem = Problem(message="cuda:0 is no longer available.", hint=hint, action="device", value="cpu")
    told = trouble(run)
    assert told.title == "cuda:0 is no longer available"
    assert told.actions[0][0] == "elsewhere"
    assert told.actions[0][1].startswith(words)
    assert hint in told.details
