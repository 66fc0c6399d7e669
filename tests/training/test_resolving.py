"""What a recipe leaves open, found before its run."""

import os
from pathlib import Path

import pytest
import torch

from kdstudio.core.layout import RunFolder
from kdstudio.recipe.recipe import parse
from kdstudio.training.opening import open_recipe
from kdstudio.training.resolving import resolved
from tests.small_task import quick_recipe, trained

WIDE = {"architecture": "mlp", "knobs": {"hidden": [2500, 2500]}}  # a batch of 64 is worth more than one thread


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="with one core there is one thread")
def test_that_a_teacher_counts_for_the_threads_only_where_steps_ask_it(digits: Path, tmp_path: Path) -> None:
    few = {"path": str(digits), "limit": 200, "validation": 0.2}
    run = trained(quick_recipe(digits, data=few, student=WIDE, epochs=1), tmp_path / "teacher")
    teacher = {"path": str(RunFolder(run).checkpoint("best") / "student.safetensors")}
    asked = quick_recipe(digits, data=few, teachers=[teacher], threads="auto", teacher_cache=False)

    def threads(method: str) -> int:
        opened = open_recipe(parse(asked | {"methods": [{"method": method}]}))
        found = resolved(opened.ready(), torch.device("cpu")).threads
        assert isinstance(found, int)
        return found

    assert threads("hard_labels") == 1
    assert threads("soft_targets") > 1
