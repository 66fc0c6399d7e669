"""Half precision is taken where it was measured to be quicker, and ends nearly where single precision does."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.events import Advanced
from kdstudio.core.layout import RunFolder
from kdstudio.models.values import Batch
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training import precision as format_
from kdstudio.training.control import Control, controlled
from kdstudio.training.precision import cast_answer, choose_precision
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result
from tests.training.conftest import SOFT, recipe


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


@pytest.mark.parametrize(
    ("cache", "wanted"),
    [
        (True, "bfloat16"),
        (False, "float16"),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in [(True, "float16"), (False, "bfloat16")]),
    ],
)
def test_that_half_precision_learns_and_resumes_to_the_same_bits(digits, teacher, tmp_path, wanted, cache) -> None:
    small = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    value = recipe(digits, teachers=[{"path": str(teacher)}], methods=list(SOFT), student=small, baseline=False)
    asked = parse(value.to_value() | {"precision": wanted, "teacher_cache": cache})
    _, summary = finish(train(asked, tmp_path / "whole"))
    _, plain = finish(train(parse(asked.to_value() | {"precision": "float32"}), tmp_path / "plain"))
    assert summary["student"]["accuracy"] == pytest.approx(plain["student"]["accuracy"], abs=0.05)
    assert all(one.dtype in (torch.float32, torch.int64) for one in weights(tmp_path / "whole").values())
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "plain")
    assert not all(torch.equal(one[key], other[key]) for key in one)
    control = Control()
    for event in controlled(train(asked, tmp_path / "torn"), control):
        if isinstance(event, Advanced) and event.step == 30:
            control.stop(report=False)
    finish(resume(tmp_path / "torn"))
    torn = weights(tmp_path / "torn")
    assert all(torch.equal(one[key], torn[key]) for key in one)


def test_that_layers_come_back_in_single_precision(digits, tmp_path) -> None:
    small = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    setup = result(prepare(recipe(digits, student=small), tmp_path))
    batch: Batch = setup.train.batch(torch.arange(8))
    layer = setup.student.layers[0]
    found = cast_answer(setup.student, batch, (layer, "embedding"), "bfloat16")
    exact = cast_answer(setup.student, batch, (layer, "embedding"), "float32")
    assert (found.logits.dtype, found.features[layer].dtype) == (torch.float32, torch.float32)
    assert not torch.equal(found.logits, exact.logits)
    assert torch.allclose(found.logits, exact.logits, atol=0.1)


def test_that_a_short_run_stays_in_single_precision_and_says_so_in_its_recipe(digits, tmp_path) -> None:
    finish(train(recipe(digits, epochs=1), tmp_path / "run"))
    assert read_json(RunFolder(tmp_path / "run").recipe)["precision"] == "float32"


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ({"float32": 1.0, "bfloat16": 0.5}, "bfloat16"),
        ({"float32": 1.0, "bfloat16": 0.9}, "float32"),
        ({"float32": 1.0, "bfloat16": 3.0}, "float32"),
        ({"float32": 1.0, "bfloat16": 0.6, "float16": 0.5}, "float16"),
        ({}, "float32"),
    ],
)
def test_that_only_a_clear_gain_counts(found, chosen) -> None:
    assert format_._quickest(found)[0] == chosen


def test_that_the_probe_leaves_no_trace(digits, tmp_path) -> None:
    shaky = {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}
    setup = result(prepare(recipe(digits, student=shaky), tmp_path))
    before = {key: value.clone() for key, value in setup.student.module.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    batch = setup.train.batch(torch.arange(16))
    chosen, why = result(choose_precision(setup.student, None, batch, 10**9, setup.device))
    assert torch.equal(torch.rand(5), expected)
    assert all(torch.equal(value, before[key]) for key, value in setup.student.module.state_dict().items())
    assert (chosen == "float32") or "ms a step" in why


def test_that_single_precision_never_rounds_to_tf32_and_tf32_does(digits, tmp_path) -> None:
    try:
        finish(train(recipe(digits, epochs=1, precision="tf32"), tmp_path / "tf32"))
        assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (True, True)
        assert read_json(RunFolder(tmp_path / "tf32").recipe)["precision"] == "tf32"
    finally:
        finish(train(recipe(digits, epochs=1, precision="float32"), tmp_path / "float32"))
    assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (False, False)
    one, other = weights(tmp_path / "tf32"), weights(tmp_path / "float32")
    assert all(torch.equal(one[key], other[key]) for key in one)  # on a CPU they are the same
