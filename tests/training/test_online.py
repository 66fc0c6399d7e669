"""Teachers that come into being with the student."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced, Evaluated
from kdstudio.core.layout import RunFolder
from kdstudio.project.run import Run
from kdstudio.recipe.choices import TeacherChoice
from kdstudio.training.checkpoint import read_last
from kdstudio.training.control import StopRequested
from kdstudio.training.learners import make_learners, make_teacher
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result
from tests.training.conftest import recipe

BOTH = [{"method": "hard_labels"}, {"method": "soft_targets", "temperature": 1.0}]
PEER = {"kind": "peer"}
OTHER = {"kind": "peer", "student": {"architecture": "mlp", "knobs": {"hidden": [48]}}}
EMA = {"kind": "ema", "decay": 0.99}


def asked(digits, *teachers, **changes):
    return recipe(digits, **({"teachers": list(teachers), "methods": BOTH, "baseline": False} | changes))


@pytest.mark.slow
@pytest.mark.parametrize("teachers", [[PEER], [PEER, OTHER], [EMA]], ids=["peer", "two-peers", "average"])
def test_that_a_run_resumes_to_the_same_bits(digits, tmp_path, teachers) -> None:
    finish(train(asked(digits, *teachers), tmp_path / "whole"))
    events = train(asked(digits, *teachers), tmp_path / "torn")
    for event in events:
        if isinstance(event, Advanced) and event.step >= 40:
            break
    finish(iter_from(events))
    torch.rand(3)
    finish(resume(tmp_path / "torn"))
    places = [RunFolder(tmp_path / name).checkpoint("last") for name in ("whole", "torn")]
    files = sorted(file.name for file in places[0].glob("*.safetensors"))
    assert len(files) == 2 * (1 + sum(one["kind"] == "peer" for one in teachers))  # each with its best
    for name in files:
        whole, torn = (load_file(place / name) for place in places)
        assert all(torch.equal(whole[key], torn[key]) for key in whole)


def iter_from(events):
    """Stop a run, and go through what it still says."""
    yield events.throw(StopRequested(report=False))
    yield from events


def test_that_peers_are_judged_and_as_good_as_the_student(digits, tmp_path) -> None:
    seen, summary = finish(train(asked(digits, PEER, OTHER, epochs=6), tmp_path / "run"))
    best = {event.learner: event.metrics["accuracy"] for event in seen if isinstance(event, Evaluated)}
    assert set(best) == {"student", "peer1", "peer2", "teacher"}
    assert min(best.values()) > 0.85
    assert summary["teacher"]["parameters"] is None  # two networks and no size of their own
    names = ("student", "peer1", "peer2")
    weights = [load_file(tmp_path / "run" / "checkpoints" / "last" / f"{name}.safetensors") for name in names]
    assert not torch.equal(weights[0]["fc1.weight"], weights[1]["fc1.weight"])


@pytest.mark.parametrize("split", ["validation", "test"])
def test_that_the_mean_of_the_peers_stands_as_the_teacher_of_the_report(digits, tmp_path, split) -> None:
    _, summary = finish(train(asked(digits, PEER, OTHER), tmp_path / "run"))
    run = Run(tmp_path / "run")
    parts = [run.predictions(name, split, "best").probabilities() for name in ("peer1", "peer2")]
    found = run.predictions("teacher", split, "last")
    np.testing.assert_allclose(found.probabilities(), np.mean(parts, axis=0), atol=1e-6)
    if split == "test":
        assert summary["teacher"]["accuracy"] == np.mean(found.labels == found.targets)
        assert summary["transfer"]["agreement"] > 0.8


@pytest.mark.parametrize("split", ["validation", "test"])
def test_that_the_average_stands_as_the_teacher_of_the_report(digits, tmp_path, split) -> None:
    _, summary = finish(train(asked(digits, EMA), tmp_path / "run"))
    found = Run(tmp_path / "run").predictions("teacher", split, "last")
    own = Run(tmp_path / "run").predictions("student", split, "last")
    assert not np.array_equal(found.logits, own.logits)
    assert np.mean(found.labels == own.labels) > 0.9
    assert summary["teacher"]["parameters"] == summary["student"]["parameters"]


def test_that_an_average_follows_the_student(digits, tmp_path) -> None:
    finish(train(asked(digits, EMA), tmp_path / "run"))
    last = RunFolder(tmp_path / "run").checkpoint("last")
    setup = result(prepare(asked(digits, EMA), tmp_path / "run"))
    learners = make_learners(setup)
    average = make_teacher(setup, learners)
    read_last(setup.folder, learners, average)
    student = load_file(last / "student.safetensors")["fc1.weight"]
    gap = (average.model.module.state_dict()["fc1.weight"] - student).norm() / student.norm()
    assert average.steps == learners[0].step > 50
    assert 0 < float(gap) < 0.2


def test_that_kinds_that_do_not_go_together_are_told(digits, teacher) -> None:
    with pytest.raises(InvalidRecipe, match="cannot be blended: frozen, peer"):
        open_recipe(asked(digits, {"path": str(teacher)}, PEER)).ready()


@pytest.mark.parametrize(("value", "words"), [({}, "needs a 'path'"), ({"kind": "ema", "path": "x"}, "has no file")])
def test_that_a_teacher_with_a_wrong_file_is_told(value, words) -> None:
    with pytest.raises(ValidationError, match=words):
        TeacherChoice(**value)
