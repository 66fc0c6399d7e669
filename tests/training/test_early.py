"""Early stopping by validation."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.events import Advanced, Evaluated, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe


@pytest.fixture
def asked(digits: Path, teacher: Path) -> Recipe:
    """Two epochs in a row without a better result come long before the fortieth."""
    value = recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), epochs=40).to_value()
    return parse(value | {"stop": {"patience": 2}, "schedule": {"name": "constant", "warmup_epochs": 0}})


def weights(folder: Path) -> dict[str, torch.Tensor]:
    place = RunFolder(folder).checkpoint("last")
    found = {name: load_file(place / f"{name}.safetensors") for name in ("student", "baseline")}
    return {f"{name}/{key}": value for name, one in found.items() for key, value in one.items()}


def judged(seen, learner: str) -> list[Evaluated]:
    return [e for e in seen if isinstance(e, Evaluated) and e.learner == learner and e.split == "validation"]


def test_that_student_and_baseline_each_stop_for_themselves_and_say_so(asked: Recipe, tmp_path: Path) -> None:
    seen, summary = finish(train(asked, tmp_path))
    for learner in ("student", "baseline"):
        last = round(judged(seen, learner)[-1].epoch)
        assert last < 40
        assert last - summary[learner]["epoch"] == 2
        told = [e.problem for e in seen if isinstance(e, Noticed) and learner in e.problem.message]
        assert told[-1].message == f"the {learner} stops after epoch {last} of 40"
    assert summary["epochs"] == round(judged(seen, "student")[-1].epoch)


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", [50, 100])
def test_that_it_resumes_to_the_same_end(asked: Recipe, tmp_path: Path, stop_at: int) -> None:
    finish(train(asked, tmp_path / "whole"))
    control = Control()
    for event in controlled(train(asked, tmp_path / "parted"), control):
        if isinstance(event, Advanced) and event.step == stop_at:
            control.stop(report=False)
    finish(resume(tmp_path / "parted"))
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "parted")
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_that_without_patience_all_epochs_are_trained(asked: Recipe, tmp_path: Path) -> None:
    seen, summary = finish(train(parse(asked.to_value() | {"stop": {"patience": 0}, "epochs": 6}), tmp_path))
    assert len(judged(seen, "student")) == summary["epochs"] == 6
