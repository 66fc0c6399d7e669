"""A run's best student without a share of one of its layers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from kdstudio.analysis.sensitivity import SHARES, Sensitivity
from kdstudio.core.errors import ModelError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.core.listening import Cancelled, heard_by
from kdstudio.models.source import load
from kdstudio.training.opened import Opener
from kdstudio.training.sensitivity import measure_sensitivity
from tests.small_task import quick_recipe, trained

CNN = {"architecture": "small_cnn", "knobs": {"width": 8, "blocks": 2}}


@pytest.fixture(scope="module")
def run(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that a teacher taught."""
    place = tmp_path_factory.mktemp("sensitivity")
    teacher = RunFolder(trained(quick_recipe(digits), place / "teacher")).best_student
    methods = [{"method": "hard_labels"}, {"method": "soft_targets"}]
    recipe = quick_recipe(digits, teachers=[{"path": str(teacher)}], student=CNN, methods=methods, epochs=5)
    return trained(recipe, place / "run")


@pytest.mark.parametrize("unit", ["channels", "weights"])
def test_that_each_layer_is_pruned_alone_and_the_teacher_is_not_needed(run: Path, tmp_path: Path, unit: str) -> None:
    folder, before = RunFolder(run), torch.get_rng_state()
    told = []
    with heard_by(lambda event: told.append((event.done, event.total))):
        found = measure_sensitivity(folder, unit, Opener())
    assert torch.equal(torch.get_rng_state(), before)
    assert found.shares == SHARES
    shape = (len(found.layers), len(SHARES))
    assert found.scores.shape == found.agreements.shape == shape
    assert found.inputs == found.of
    best = np.load(folder.logits("student", "validation", "best"))
    index, targets = (np.load(folder.split("student", "validation") / f"{name}.npy") for name in ("index", "targets"))
    assert found.of == len(index)
    assert found.whole == pytest.approx((best.argmax(1) == targets).mean(), abs=0.01)  # stored with half precision
    assert 0.5 < found.whole_agreement <= 1
    assert (found.scores[:, -1] < found.whole - 0.05).any()
    assert found.scores[:, 0].mean() > found.scores[:, -1].mean()
    state = load(folder.best_student).module.state_dict()
    if unit == "weights":
        assert set(found.sizes) == {one.numel() for name, one in state.items() if one.dim() > 1}
        assert any(name == "fc" or name.endswith("classifier") for name in found.layers) or len(found.layers) > 3
    else:
        assert found.sizes[0] == 8
    assert told[-1][0] <= told[-1][1]


def test_that_it_ends_where_nobody_waits(run: Path) -> None:
    def leave(event: object) -> None:
        raise Cancelled("Nobody waits for this any more.")

    with heard_by(leave), pytest.raises(Cancelled):
        measure_sensitivity(RunFolder(run), "weights", Opener())


def test_that_what_cannot_be_measured_is_told(digits: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no run folder"):
        measure_sensitivity(RunFolder(tmp_path), "channels", Opener())
    padded = {"architecture": "resnet", "knobs": {"depth": 8, "width": 4}}
    run = trained(quick_recipe(digits, student=padded, epochs=1), tmp_path / "padded")
    with pytest.raises(ModelError, match="tied in a way"):
        measure_sensitivity(RunFolder(run), "channels", Opener())
    found: Sensitivity = measure_sensitivity(RunFolder(run), "weights", Opener())
    assert found.kinds == ("scores",)  # nobody taught it
