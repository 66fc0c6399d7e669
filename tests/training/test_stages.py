"""Teachers over time: born-again generations and assistants, as a chain of stages in one run."""

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import RunError
from kdstudio.core.events import Advanced, Changed, Evaluated, Staged
from kdstudio.core.layout import RunFolder
from kdstudio.engine.estimate import estimate
from kdstudio.export.opening import open_student
from kdstudio.models.source import load
from kdstudio.project.run import Run
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.control import StopRequested
from kdstudio.training.learners import make_learners
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from kdstudio.training.setup import prepare
from tests.small_task import finish, result, write_digits
from tests.training.conftest import recipe

BOTH = [{"method": "hard_labels"}, {"method": "soft_targets", "temperature": 2.0}]
PAST = [{"kind": "past_self"}]
SAME: dict = {"distil": {}}
MIDWAY = {"distil": {"student": "auto"}}
NAMED = {"distil": {"student": {"architecture": "mlp", "knobs": {"hidden": [48]}}, "epochs": 2}}


def asked(digits, **changes):
    return recipe(digits, **({"methods": BOTH, "epochs": 3} | changes))


def stopped(events, after):
    """Step a run until after a step, stop it, and go through what it still says."""
    for event in events:
        if isinstance(event, Advanced) and event.step >= after:
            break
    finish(iter_from(events))


def iter_from(events):
    yield events.throw(StopRequested(report=False))
    yield from events


def assert_same_bits(first, second):
    for name in ("last", "best"):
        places = [RunFolder(folder).checkpoint(name) for folder in (first, second)]
        files = sorted(file.name for file in places[0].glob("*.safetensors"))
        assert files == sorted(file.name for file in places[1].glob("*.safetensors"))
        for file in files:
            one, other = (load_file(place / file) for place in places)
            assert all(torch.equal(one[key], other[key]) for key in one), (name, file)


CHAINS = {
    "past-self": lambda teacher: {"teachers": PAST, "stages": [SAME, SAME, SAME]},
    "assistant": lambda teacher: {"teachers": [{"path": str(teacher)}], "stages": [NAMED, SAME]},
}


@pytest.fixture(scope="module", params=CHAINS)
def whole(request, digits, teacher, tmp_path_factory):
    wanted = asked(digits, **CHAINS[request.param](teacher))
    folder = tmp_path_factory.mktemp("whole") / "run"
    seen, summary = finish(train(wanted, folder))
    return wanted, folder, seen, summary


@pytest.mark.parametrize(
    "share", [0.1, 0.95, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.31, 0.5, 0.6, 0.7))]
)
def test_that_a_chain_resumes_to_the_same_bits_in_any_stage(whole, tmp_path, share) -> None:
    wanted, folder, seen, summary = whole
    total = next(event.total for event in seen if isinstance(event, Advanced))
    stopped(train(wanted, tmp_path / "torn"), round(share * total))
    torch.rand(5)
    _, again = finish(resume(tmp_path / "torn"))
    assert_same_bits(folder, tmp_path / "torn")
    assert again["stages"] == summary["stages"]
    assert again["transfer"] == summary["transfer"]


def test_that_each_stage_learns_from_the_one_before_and_all_are_told(whole) -> None:
    wanted, _, seen, summary = whole
    stages = [event for event in seen if isinstance(event, Staged)]
    names = [stage.learner for stage in stages]
    is_past = wanted.teachers[0].kind == "past_self"
    assert names == (["generation0", "generation1", "student"] if is_past else ["assistant1", "student"])
    assert [stage.teacher for stage in stages] == ["" if is_past else "teacher", *names[:-1]]
    assert [stage.epochs for stage in stages] == ([3, 3, 3] if is_past else [2, 3])
    steps = [event.step for event in seen if isinstance(event, Advanced)]
    assert steps == list(range(1, len(steps) + 1))
    assert {event.total for event in seen if isinstance(event, Advanced)} == {len(steps)}
    assert [row["learner"] for row in summary["stages"]] == names
    assert all(row["accuracy"] > 0.8 for row in summary["stages"])
    assert summary["stages"][-1]["agreement"] == summary["transfer"]["agreement"]
    assert summary["stages"][0]["agreement"] is None if is_past else summary["stages"][0]["agreement"] > 0.8
    first = summary["student"] if is_past else {"parameters": load(Path(wanted.teachers[0].path)).parameters}
    assert summary["teacher"]["parameters"] == first["parameters"]
    assert (summary["ensemble"] is not None) == is_past
    assert summary["baseline"]["accuracy"] is not None
    judged = {event.learner for event in seen if isinstance(event, Evaluated) and event.split == "validation"}
    assert judged == {*names, "baseline"}


def test_that_what_is_best_and_what_is_exported_is_the_last_student_alone(whole) -> None:
    _, folder, *_ = whole
    best = RunFolder(folder).checkpoint("best")
    assert sorted(file.name for file in best.glob("*.safetensors")) == ["baseline.safetensors", "student.safetensors"]
    assert open_student(folder, "best").model.spec.knobs == parse(read_json(folder / "recipe.json")).student.knobs | {
        "input_dropout": 0.0,
        "batch_norm": False,
    }
    assert len({file.read_bytes() for file in (folder / "checkpoints" / "last").glob("best-*.safetensors")}) > 2
    assert Run(folder).predictions("student", "test", "best").logits.shape[1] == 10


def test_that_a_run_stopped_before_its_student_learns_says_so(digits, teacher, tmp_path) -> None:
    wanted = asked(digits, **CHAINS["assistant"](teacher))
    stopped(train(wanted, tmp_path / "run"), 5)
    with pytest.raises(RunError, match="has no checkpoint 'best' yet"):
        open_student(tmp_path / "run", "best")
    with pytest.raises(RunError, match="the student has not begun to learn"):
        open_student(tmp_path / "run", "last")


def test_that_a_generation_has_first_weights_and_an_order_of_its_own(digits, tmp_path) -> None:
    setup = result(prepare(asked(digits, **CHAINS["past-self"](None)), tmp_path / "run"))
    learners = [make_learners(one)[0] for one in (*setup.stages, setup)]
    first = {str(one.model.module.state_dict()["fc1.weight"].flatten()[:3].tolist()) for one in learners}
    orders = {str(one.order.epoch(0)[0].tolist()) for one in learners}
    assert len(first) == len(orders) == 3
    assert torch.equal(
        setup.student.module.state_dict()["fc1.weight"], setup.baseline.module.state_dict()["fc1.weight"]
    )


def test_that_a_change_belongs_to_its_stage_and_the_same_history_gives_the_same_bits(digits, tmp_path) -> None:
    wanted = asked(digits, **CHAINS["past-self"](None), baseline=False)
    events, seen = train(wanted, tmp_path / "changed"), []
    event = next(events)
    try:
        while True:
            seen.append(event)
            is_there = isinstance(event, Advanced) and event.learner == "generation1" and event.epoch > 1
            is_new = not any(isinstance(one, Changed) for one in seen)
            wish = Change(step=0, key="methods[1].temperature", value=7.0) if is_there and is_new else None
            event = events.send(wish)
    except StopIteration:
        pass
    kept = parse(read_json(tmp_path / "changed" / "recipe.json"))
    assert [(change.stage, change.value) for change in kept.history] == [(1, 7.0)]
    finish(train(kept, tmp_path / "again"))
    finish(train(wanted, tmp_path / "plain"))
    assert_same_bits(tmp_path / "changed", tmp_path / "again")
    weights = [load_file(tmp_path / run / "checkpoints/last/student.safetensors") for run in ("changed", "plain")]
    assert not torch.equal(weights[0]["fc1.weight"], weights[1]["fc1.weight"])


def test_that_an_automatic_assistant_lies_midway_and_is_written_into_the_recipe(digits, teacher) -> None:
    opened = open_recipe(asked(digits, teachers=[{"path": str(teacher)}], stages=[MIDWAY, SAME]))
    assert not opened.errors
    sizes = [one.parameters for one in (opened.teacher, opened.stages[0].model, opened.student)]
    assert sizes[0] > sizes[1] > sizes[2]
    assert abs(math.log(sizes[1] ** 2 / (sizes[0] * sizes[2]))) < 0.3
    resolved = opened.recipe.stages[0].distil.student
    assert resolved.architecture == "mlp"
    assert open_recipe(opened.recipe).stages[0].model.parameters == sizes[1]


def test_that_the_estimate_counts_every_stage(digits, teacher) -> None:
    one = estimate(open_recipe(asked(digits, teachers=[{"path": str(teacher)}])).ready())
    wanted = asked(digits, teachers=[{"path": str(teacher)}], stages=[NAMED, SAME, SAME])
    three = estimate(open_recipe(wanted).ready())
    assert three["memory_bytes"] > one["memory_bytes"]
    assert three["disk_bytes"] > one["disk_bytes"]
    assert "3 stages" in three["why"]


PEER_CHAIN = {"teachers": [{"kind": "peer"}], "stages": [SAME, SAME]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (PEER_CHAIN, [("teachers", "cannot begin a chain")]),
        ({"teachers": [], "stages": [SAME, SAME]}, [("teachers", "begins with a teacher")]),
        ({"teachers": PAST, "stages": [NAMED, SAME]}, [("stages[0].distil.student", "no assistants between")]),
        ({"teachers": PAST, "stages": [SAME, NAMED]}, [("stages[1].distil", "the last stage cannot differ")]),
        ({"teachers": [*PAST, *PAST]}, [("teachers", "cannot be blended")]),
        ({"teachers": PAST, "data": {"labelled": 0}}, [("teachers", "the first generation has no labels")]),
        (
            {"teachers": PAST, "stages": [{"distil": {"methods": [{"method": "regression"}]}}, SAME]},
            [("stages[0].distil.methods[0]", "regression compares")],
        ),
        (
            {
                "teachers": PAST,
                "stages": [{"distil": {"student": {"architecture": "nonsense"}}}, NAMED, SAME],
            },
            [("stages[0].distil.student.architecture", "not known"), ("stages[0].distil.student", "no assistants")],
        ),
    ],
    ids=["peers", "nobody", "assistant-of-oneself", "other-student", "two-selves", "no-labels", "task", "all-at-once"],
)
def test_that_a_chain_that_cannot_be_is_told_with_its_place(digits, changes, found) -> None:
    if "data" in changes:
        changes = changes | {"data": {"path": str(digits), "validation": 0.2, "labelled": 0}}
        changes["methods"] = BOTH[1:]
    told = [(problem.where, problem.message) for problem in open_recipe(asked(digits, **changes)).errors]
    for where, words in found:
        assert any(place == where and words in message for place, message in told), told
    assert all(problem.hint for problem in open_recipe(asked(digits, **changes)).errors)


def test_that_an_assistant_of_a_foreign_size_is_a_warning(digits, teacher) -> None:
    large = {"distil": {"student": {"architecture": "mlp", "knobs": {"hidden": [900]}}}}
    opened = open_recipe(asked(digits, teachers=[{"path": str(teacher)}], stages=[large, SAME]))
    assert [p.where for p in opened.problems if p.severity == "warning"] == ["stages[0].distil.student"]
    assert not opened.errors


def test_that_no_size_between_is_told(digits, teacher) -> None:
    same = {"architecture": "mlp", "knobs": {"hidden": [128, 64]}}
    opened = open_recipe(asked(digits, teachers=[{"path": str(teacher)}], student=same, stages=[MIDWAY, SAME]))
    assert [(p.where, "no size lies between" in p.message) for p in opened.errors] == [
        ("stages[0].distil.student", True)
    ]


WIDE = {"architecture": "small_cnn", "knobs": {"width": 8, "blocks": 2}}
SMALL = {"architecture": "resnet", "knobs": {"depth": 8, "width": 2}}
MIDDLE = {"distil": {"student": {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}}}


LONGER = ("assistant", "committee")


@pytest.mark.parametrize(
    "methods",
    [
        ({"method": "decoupled"},),
        ({"method": "hard_labels"}, {"method": "attention_transfer"}),
        ({"method": "similarity_preserving"},),
        ({"method": "soft_targets"}, {"method": "hints"}),
    ],
    ids=lambda methods: "+".join(one["method"] for one in methods),
)
@pytest.mark.parametrize("kind", ["past-self", *(pytest.param(kind, marks=pytest.mark.slow) for kind in LONGER)])
def test_that_every_family_of_methods_goes_through_a_chain(tmp_path, kind, methods) -> None:
    digits = write_digits(tmp_path / "few.npz", 300)
    sees = any(one["method"] in ("attention_transfer", "hints", "similarity_preserving") for one in methods)
    teachers, stages = PAST, [SAME, SAME]
    if kind != "past-self":
        finish(train(recipe(digits, student=WIDE, epochs=1), tmp_path / "teacher"))
        file = tmp_path / "teacher/checkpoints/best/student.safetensors"
        teachers = [{"path": str(file)}] * (2 if kind == "committee" else 1)
        stages = [MIDDLE, SAME]
    wanted = asked(digits, teachers=teachers, stages=stages, methods=list(methods), student=SMALL, epochs=1)
    if kind == "committee" and sees:
        told = open_recipe(wanted).errors
        assert told[0].where.startswith("stages[0].distil")
        assert "layers cannot be seen" in told[0].message
        own = [{"method": "soft_targets"}]  # only the first stage learns from the committee
        stages = [{"distil": MIDDLE["distil"] | {"methods": own}}, SAME]
        wanted = asked(digits, teachers=teachers, stages=stages, methods=list(methods), student=SMALL, epochs=1)
    finish(train(wanted, tmp_path / "whole"))
    stopped(train(wanted, tmp_path / "torn"), 6)
    _, summary = finish(resume(tmp_path / "torn"))
    assert_same_bits(tmp_path / "whole", tmp_path / "torn")
    assert len(summary["stages"]) == 2
    kept = parse(read_json(tmp_path / "whole/recipe.json"))
    assert kept.methods[-1].knobs.get("pairs", "auto") != "auto" or not sees


def test_that_the_past_self_alone_is_a_chain_of_two(digits) -> None:
    opened = open_recipe(asked(digits, teachers=PAST))
    assert len(opened.stages) == 1
    assert not opened.errors


@pytest.mark.slow
def test_that_a_stop_at_any_instant_between_two_stages_changes_no_bit(tmp_path) -> None:
    digits = write_digits(tmp_path / "few.npz", 200)
    wanted = asked(digits, teachers=PAST, stages=[SAME, SAME], epochs=1, baseline=False)
    seen, _ = finish(train(wanted, tmp_path / "whole"))
    last = max(i for i, e in enumerate(seen) if isinstance(e, Advanced) and e.learner == "generation0")
    first = next(i for i, e in enumerate(seen) if isinstance(e, Advanced) and e.learner == "student")
    assert {event.event for event in seen[last:first]} >= {
        "evaluated",
        "progress",
        "checkpointed",
        "staged",
        "glimpsed",
    }
    for at in range(last, first):
        events, folder = train(wanted, tmp_path / f"torn{at}"), tmp_path / f"torn{at}"
        for _ in range(at + 1):
            next(events)
        finish(iter_from(events))
        finish(resume(folder))
        assert_same_bits(tmp_path / "whole", folder)


@pytest.mark.slow
def test_that_a_kill_between_two_stages_changes_no_bit(whole, tmp_path) -> None:
    wanted, folder, seen, _ = whole
    at = next(i for i, e in enumerate(seen) if isinstance(e, Staged) and e.number == 2)
    events = train(wanted, tmp_path / "killed")
    for _ in range(at + 3):
        next(events)
    del events  # nothing is told to the run: what is on the disk has to do
    finish(resume(tmp_path / "killed"))
    assert_same_bits(folder, tmp_path / "killed")
