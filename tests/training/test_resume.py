"""A run that was interrupted ends with the same bits as one that was not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.events import Advanced, Checkpointed, Resumed, Stopped
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import Control, StopRequested, controlled
from kdstudio.training.run import resume, train
from tests.small_task import finish


def weights(folder: Path) -> dict[str, torch.Tensor]:
    place = RunFolder(folder).checkpoint("last")
    return {
        f"{name}/{key}": value
        for name in ("student", "baseline")
        for key, value in load_file(place / f"{name}.safetensors").items()
    }


def assert_same_bits(first: Path, second: Path) -> None:
    one, other = weights(first), weights(second)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture(scope="module")
def uninterrupted(digits: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe], Path]:
    kept: dict[str, Path] = {}

    def run(recipe: Recipe) -> Path:
        key = recipe.model_dump_json()
        if key not in kept:
            kept[key] = tmp_path_factory.mktemp("whole") / "run"
            finish(train(recipe, kept[key]))
        return kept[key]

    return run


@pytest.mark.parametrize("stop_after", [0, 3, 17, 18, 36, 71])
def test_that_a_stopped_run_resumes_to_the_same_bits(
    soft: Recipe, tmp_path: Path, uninterrupted, stop_after: int
) -> None:
    folder = tmp_path / "run"
    events = train(soft, folder)
    for event in events:
        if isinstance(event, Advanced) and event.step > stop_after:
            break
    seen = [events.throw(StopRequested(report=False)), *events]
    assert isinstance(seen[0], Checkpointed)
    assert isinstance(seen[-1], Stopped)
    torch.manual_seed(12345)  # whatever happens between must not matter
    torch.rand(100)
    history, summary = finish(resume(folder))
    assert any(isinstance(event, Resumed) for event in history)
    assert summary is not None
    assert_same_bits(folder, uninterrupted(soft))


@pytest.mark.parametrize(
    "change",
    [
        {"augmentation": {"flip": True, "crop": 1, "views": 2}},
        {"augmentation": {"mixup": 0.8, "noise": 0.1, "views": 2}},
        {"augmentation": {"flip": True, "crop": 1, "views": 2}, "teacher_cache": {"dtype": "float16", "top_k": 3}},
        pytest.param({"augmentation": {"mixup": 0.8, "noise": 0.1}}, marks=pytest.mark.slow),
        pytest.param({"optimizer": {"name": "adamw", "learning_rate": 0.01}}, marks=pytest.mark.slow),
        {"student": {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}},
    ],
    ids=["remembered-views", "remembered-blends", "remembered-less", "endless-blends", "adamw", "batch-norm"],
)
def test_that_other_recipes_resume_to_the_same_bits_too(soft: Recipe, tmp_path: Path, uninterrupted, change) -> None:
    from kdstudio.recipe.recipe import parse

    recipe = parse(soft.to_value() | change)
    folder, control = tmp_path / "run", Control()
    events = controlled(train(recipe, folder), control)
    for event in events:
        if isinstance(event, Advanced) and event.step == 30:
            control.stop(report=False)
    finish(resume(folder))
    assert_same_bits(folder, uninterrupted(recipe))


def test_that_the_students_bits_do_not_depend_on_a_baseline(soft: Recipe, tmp_path: Path, uninterrupted) -> None:
    alone = tmp_path / "alone"
    finish(train(soft.model_copy(update={"baseline": False}), alone))
    one = load_file(RunFolder(alone).checkpoint("last") / "student.safetensors")
    other = load_file(RunFolder(uninterrupted(soft)).checkpoint("last") / "student.safetensors")
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_a_pause_writes_a_checkpoint_and_changes_no_bit(soft: Recipe, tmp_path: Path, uninterrupted) -> None:
    folder, control = tmp_path / "run", Control()
    names: list[str] = []
    for event in controlled(train(soft, folder), control):
        names.append(event.event)
        if isinstance(event, Advanced) and event.step == 20:
            control.pause()
        if event.event == "paused":
            assert RunFolder(folder).checkpoint("last").exists()
            control.resume()
    assert names[names.index("paused") - 1] == "checkpointed"
    assert names[names.index("paused") + 1] == "resumed"
    assert_same_bits(folder, uninterrupted(soft))


def test_that_stopping_with_a_report_scores_the_best_so_far_on_test(soft: Recipe, tmp_path: Path) -> None:
    folder, control = tmp_path / "run", Control()
    events = controlled(train(soft, folder), control)
    seen = []
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            summary = end.value
            break
        seen.append(event)
        if isinstance(event, Advanced) and event.step == 60:
            control.stop(report=True)
    assert isinstance(seen[-1], Stopped)
    assert summary["student"]["epoch"] <= 2
    assert summary["student"]["accuracy"] is not None
    assert RunFolder(folder).summary.exists()


def test_that_the_last_checkpoint_survives_a_torn_one(soft: Recipe, tmp_path: Path, uninterrupted) -> None:
    """As a kill in the middle of writing leaves it: a half-written `last.new` beside a whole `last`."""
    folder, control = tmp_path / "run", Control()
    for event in controlled(train(soft, folder), control):
        if isinstance(event, Advanced) and event.step == 25:
            control.stop(report=False)
    last = RunFolder(folder).checkpoint("last")
    torn = last.with_name("last.new")
    torn.mkdir()
    (torn / "state").write_bytes((last / "state").read_bytes()[:1000])
    finish(resume(folder))
    assert_same_bits(folder, uninterrupted(soft))


def test_that_a_run_stopped_while_it_still_reads_its_data_ends_without_an_error(soft: Recipe, tmp_path: Path) -> None:
    control = Control()
    control.stop(report=True)
    seen, summary = finish(controlled(train(soft, tmp_path / "run"), control))
    assert isinstance(seen[-1], Stopped)
    assert summary is None
    assert not RunFolder(tmp_path / "run").recipe.exists()
