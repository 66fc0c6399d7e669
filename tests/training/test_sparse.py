"""Runs whose student keeps weights at zero."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced
from kdstudio.core.layout import RunFolder
from kdstudio.models.source import load
from kdstudio.models.sparse import matrices, sparsified, zeros
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train
from tests.small_task import finish, trained
from tests.training.test_quantized import finished
from tests.training.test_resume import assert_same_bits

__all__ = ["finished"]  # a fixture


def pruning(soft: Recipe, finished: Path, share: float, **changes: object) -> dict[str, Any]:
    choice = {"path": str(RunFolder(finished).best_student), "prune": share, "prune_unit": "weights"}
    return soft.to_value() | {"student": choice, "epochs": 2} | changes


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01},
        {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
    ],
)
def test_that_zeros_stay_while_student_and_baseline_learn_and_resume_to_the_same_bits(
    soft: Recipe, finished: Path, tmp_path: Path, optimizer: dict[str, Any]
) -> None:
    recipe = parse(pruning(soft, finished, 0.75, optimizer=optimizer))
    finish(train(recipe, tmp_path / "whole"))
    control = Control()
    for event in controlled(train(recipe, tmp_path / "run"), control):
        if isinstance(event, Advanced) and event.step == 30:
            control.stop(report=False)
    finish(resume(tmp_path / "run"))
    assert_same_bits(tmp_path / "run", tmp_path / "whole")
    begun = matrices(load(RunFolder(finished).best_student).module)
    pruned = matrices(sparsified(load(RunFolder(finished).best_student), 0.75).module)
    for name in ("student", "baseline"):
        model = load(RunFolder(tmp_path / "whole").checkpoint("last") / f"{name}.safetensors")
        assert model.spec.sparse
        for layer, one in matrices(model.module).items():
            gone = pruned[layer] == 0
            assert torch.equal(one == 0, gone)
            assert not torch.equal(one[~gone], begun[layer][~gone])


def test_that_what_goes_on_from_a_sparse_student_keeps_its_zeros(soft: Recipe, finished: Path, tmp_path: Path) -> None:
    first = trained(pruning(soft, finished, 0.5, epochs=1), tmp_path / "first")
    best = RunFolder(first).best_student
    more = trained(pruning(soft, first, 0.8, epochs=1), tmp_path / "more")
    assert zeros(load(RunFolder(more).best_student).module) == pytest.approx(0.8, abs=3e-3)
    plain = soft.to_value() | {"epochs": 1}
    on = trained(plain | {"student": {"path": str(best)}}, tmp_path / "on")
    rounded = trained(plain | {"student": {"path": str(best), "quantize": "int8"}}, tmp_path / "rounded")
    before = load_file(best)
    for run in (on, rounded):
        model = load(RunFolder(run).best_student)
        assert model.spec.sparse
        for name, one in matrices(model.module).items():
            assert torch.equal(one == 0, before[name] == 0)


def test_that_single_weights_are_taken_out_of_a_file_alone(soft: Recipe) -> None:
    with pytest.raises(InvalidRecipe, match="give its file as 'path'"):
        parse(soft.to_value() | {"student": {"architecture": "lenet", "prune": 0.5, "prune_unit": "weights"}})
