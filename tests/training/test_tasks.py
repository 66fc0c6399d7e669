"""Several labels and numbers to predict: really trained, taught in every way, resumed, measured and exported."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper, numpy_helper
from safetensors.torch import load_file
from sklearn import metrics
from sklearn.datasets import load_diabetes, load_digits

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Advanced, Losses, Noticed
from kdstudio.core.layout import RunFolder
from kdstudio.export.export import export
from kdstudio.models.source import load
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import Recipe, parse
from kdstudio.training.control import StopRequested
from kdstudio.training.opening import open_recipe
from kdstudio.training.run import resume, train
from kdstudio.training.scoring import score_file
from tests.small_task import finish, quick_recipe
from tests.training.conftest import recipe

TASKS = ("multi_label", "regression")
WIDE = {"architecture": "mlp", "knobs": {"hidden": [96]}}
ADAM = {"name": "adamw", "learning_rate": 0.01}
MARKS = ("even", "has a loop", "more than five")


def targets(task: str) -> np.ndarray:
    """Return what there is to learn about scikit-learn's digits: three labels at once, or ink and centre of mass."""
    pixels, digit = load_digits(return_X_y=True)
    if task == "multi_label":
        return np.stack([digit % 2 == 0, np.isin(digit, (0, 6, 8, 9)), digit > 5], axis=1).astype(np.int64)
    rows = pixels.reshape(-1, 8, 8)
    ink = 1000 + 5 * pixels.sum(axis=1)  # far from 0, as prices and years are
    return np.stack([ink, (rows.sum(axis=2) * np.arange(8)).sum(axis=1) / pixels.sum(axis=1)], axis=1)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An npz file for each task."""
    folder = tmp_path_factory.mktemp("tasks")
    images = (load_digits().images * 15).astype(np.uint8)
    files = {task: folder / f"{task}.npz" for task in TASKS}
    for task, file in files.items():
        named = {"class_names": np.array(MARKS)} if task == "multi_label" else {}
        np.savez(file, x_train=images[:1000], y_train=targets(task)[:1000], **named)
    return files


@pytest.fixture(scope="session")
def teachers(data: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A teacher that was trained for each task."""
    folder = tmp_path_factory.mktemp("task teachers")
    for task, file in data.items():
        finish(train(recipe(file, student=WIDE, epochs=15, optimizer=ADAM), folder / task))
    return {task: folder / task / "checkpoints" / "best" / "student.safetensors" for task in data}


def taught(data: dict[str, Path], trained: dict[str, Path], task: str, **changes: object) -> Recipe:
    choices: dict[str, object] = {
        "teachers": [{"path": str(trained[task])}],
        "methods": [{"method": "hard_labels", "weight": 0.3}, {"method": task, "weight": 0.7}],
        "student": {"architecture": "mlp", "knobs": {"hidden": [24], "dropout": 0.1}},
        "epochs": 3,
        "optimizer": ADAM,
    }
    return recipe(data[task], **(choices | changes))


@pytest.mark.parametrize("task", TASKS)
def test_that_the_numbers_of_a_run_are_those_of_scikit_learn(task, data, teachers, tmp_path) -> None:
    seen, summary = finish(train(taught(data, teachers, task), tmp_path / "run"))
    course = [event.terms["total"] for event in seen if isinstance(event, Losses) and event.learner == "student"]
    assert course[-1] < course[0]
    assert summary is not None
    run = Run(tmp_path / "run")
    assert run.task == task
    for name, epoch in (("student", "best"), ("baseline", "best"), ("teacher", "last")):
        found = run.predictions(name, "test", epoch)
        truth, answers = found.targets, np.asarray(found.logits, dtype=np.float64)
        for measure, value in by_hand(task, truth, answers).items():
            assert summary[name][measure] == pytest.approx(value, abs=2e-3), (name, measure)
    assert summary["transfer"]["agreement" if task == "multi_label" else "correlation"] > 0.3


def by_hand(task: str, truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    if task == "regression":
        return {"r2": metrics.r2_score(truth, answers), "accuracy": None} | {
            "mae": pytest.approx(metrics.mean_absolute_error(truth, answers), rel=1e-3),
            "rmse": pytest.approx(metrics.root_mean_squared_error(truth, answers), rel=1e-3),
        }
    said = answers > 0
    return {
        "f1": metrics.f1_score(truth, said, average="micro"),
        "f1_macro": metrics.f1_score(truth, said, average="macro"),
        "average_precision": metrics.average_precision_score(truth, answers, average="macro"),
        "accuracy": metrics.accuracy_score(truth, said),
        "nll": sum(metrics.log_loss(truth[:, j], 1 / (1 + np.exp(-answers[:, j]))) for j in range(truth.shape[1])),
    }


@pytest.mark.parametrize("task", TASKS)
def test_that_a_stopped_run_resumes_to_the_same_bits(task, data, teachers, tmp_path) -> None:
    asked = taught(data, teachers, task, augmentation={"crop": 1})
    finish(train(asked, tmp_path / "whole"))
    events = train(asked, tmp_path / "torn")
    for event in events:
        if isinstance(event, Advanced) and event.step == 9:
            break
    list(iter([events.throw(StopRequested(report=False)), *events]))
    torch.rand(7)
    finish(resume(tmp_path / "torn"))
    for learner in ("student", "baseline"):
        files = [RunFolder(tmp_path / run).checkpoint("last") / f"{learner}.safetensors" for run in ("whole", "torn")]
        whole, torn = (load_file(file) for file in files)
        assert all(torch.equal(whole[key], torn[key]) for key in whole)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("who", ["peer", "ema", "committee"])
def test_that_every_kind_of_teacher_teaches_the_task(task, who, data, teachers, tmp_path) -> None:
    kinds = {"peer": [{"kind": "peer"}, {"kind": "peer"}], "ema": [{"kind": "ema", "decay": 0.9}]}
    chosen = kinds.get(who, [{"path": str(teachers[task])}] * 2)
    _, summary = finish(train(taught(data, teachers, task, teachers=chosen, epochs=4), tmp_path / "run"))
    assert summary is not None
    assert summary["student"]["f1" if task == "multi_label" else "r2"] > 0.5


@pytest.mark.parametrize("task", TASKS)
def test_that_methods_that_compare_layers_teach_the_task(task, data, teachers, tmp_path) -> None:
    methods = [{"method": "hard_labels"}, {"method": "hints", "weight": 0.1}, {"method": "relational", "weight": 0.1}]
    seen, _ = finish(train(taught(data, teachers, task, methods=methods, epochs=2), tmp_path / "run"))
    course = [event.terms for event in seen if isinstance(event, Losses) and event.learner == "student"]
    assert {name.partition("/")[0] for name in course[0]} == {"total", "hard_labels", "hints", "relational"}
    assert course[-1]["total"] < course[0]["total"]


@pytest.mark.parametrize(("task", "fits"), [("multi_label", "multi_label"), ("regression", "regression")])
def test_that_methods_of_other_tasks_are_refused_and_fitting_ones_named(task, fits, data, teachers) -> None:
    methods = [{"method": "soft_targets"}, {"method": "label_smoothing"}]
    opened = open_recipe(taught(data, teachers, task, methods=methods))
    assert [problem.where for problem in opened.errors] == ["methods[0]", "methods[1]"]
    assert f"hard_labels and {fits}" in opened.errors[0].hint


def test_that_a_model_for_another_task_is_refused_with_the_reason(data, teachers) -> None:
    swapped = {"multi_label": teachers["regression"], "regression": teachers["multi_label"]}
    for task, words in (("multi_label", "one number"), ("regression", "is a classifier")):
        with pytest.raises(InvalidRecipe, match=words):
            open_recipe(taught(data, swapped, task)).ready()


@pytest.mark.parametrize("task", TASKS)
def test_that_inputs_without_any_target_are_taught_by_the_model(task, data, teachers, tmp_path) -> None:
    np.savez(tmp_path / "bare.npz", x_train=np.load(data[task])["x_train"])
    asked = taught({task: tmp_path / "bare.npz"}, teachers, task, methods=[{"method": task}])
    _, summary = finish(train(asked, tmp_path / "run"))
    assert summary is not None
    assert summary["student"]["accuracy"] is None
    measure = "agreement" if task == "multi_label" else "correlation"
    assert summary["transfer"][measure] > 0.3
    assert load(tmp_path / "run" / "checkpoints" / "best" / "student.safetensors").task == task


@pytest.mark.parametrize("task", TASKS)
def test_that_stored_answers_teach_the_task(task, data, teachers, tmp_path) -> None:
    images = torch.from_numpy(np.load(data[task])["x_train"])[:, None].float() / 255
    model = load(teachers[task])
    with torch.inference_mode():
        answers = model.logits(images)
    stored = answers.sigmoid() if task == "multi_label" else answers
    np.save(tmp_path / "answers.npy", stored.numpy())
    teacher = [{"kind": "stored", "path": str(tmp_path / "answers.npy")}]
    _, summary = finish(train(taught(data, teachers, task, teachers=teacher), tmp_path / "run"))
    assert summary is not None
    measure = "f1" if task == "multi_label" else "r2"
    assert summary["teacher"] is None or summary["teacher"][measure] > 0.5
    assert summary["student"][measure] > summary["baseline"][measure] - 0.2


@pytest.mark.parametrize("task", TASKS)
def test_that_the_exported_file_answers_in_the_units_of_the_data(task, data, teachers, tmp_path) -> None:
    finish(train(taught(data, teachers, task, epochs=4), tmp_path / "run"))
    _, reports = finish(export(tmp_path / "run", tmp_path / "out"))
    assert all(report.passed for report in reports)
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "model.onnx"))
    assert [one.name for one in session.get_outputs()] == ["logits" if task == "multi_label" else "value"]
    found = Run(tmp_path / "run").predictions("student", "test", "best")
    images = np.load(data[task])["x_train"][found.index]
    answers = session.run(None, {"image": images[:, None]})[0]
    np.testing.assert_allclose(answers, found.logits, rtol=1e-4, atol=1e-3)
    for file in ("model.onnx", "model.safetensors"):
        _, scored = finish(score_file(tmp_path / "out" / file, taught(data, teachers, task).data, "test"))
        for measure, value in by_hand(task, found.targets, answers.astype(np.float64)).items():
            assert scored[measure] == pytest.approx(value, abs=2e-3), (file, measure)


def test_that_a_yes_or_no_program_answers_for_two_classes(tmp_path) -> None:
    images = (np.random.default_rng(0).random((200, 1, 1)) * np.full((1, 8, 8), 255)).astype(np.uint8)
    bright = (images[:, 0, 0] > 63).astype(np.int64)
    np.savez(tmp_path / "two.npz", x_train=images, y_train=bright)
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "steep"], ["steeper"]),
        helper.make_node("Sub", ["steeper", "edge"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["probability"]),
    ]
    numbers = {"axes": np.array([1, 2, 3]), "steep": np.float32(40), "edge": np.float32(10)}
    graph = helper.make_graph(
        nodes, "yes", [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()],
    )  # fmt: skip
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / "yes.onnx"
    )
    opened = open_recipe(recipe(tmp_path / "two.npz", teachers=[{"path": str(tmp_path / "yes.onnx")}],
                                methods=[{"method": "soft_targets"}]))  # fmt: skip
    assert not opened.errors
    assert opened.score is not None
    assert opened.score.accuracy > 0.95


def test_that_a_table_of_numbers_is_predicted_and_bounded_by_the_teacher(tmp_path) -> None:
    bunch = load_diabetes()
    np.savetxt(tmp_path / "a.csv", np.column_stack([bunch.data, bunch.target]), delimiter=",",
               header=",".join([*bunch.feature_names, "target"]), comments="")  # fmt: skip
    plain = {key: value for key, value in quick_recipe(tmp_path / "a.csv", batch_size=32).items() if key != "optimizer"}
    seen, _ = finish(train(parse(plain | {"student": WIDE, "epochs": 8}), tmp_path / "teacher"))
    assert "AdamW" in "".join(event.problem.message for event in seen if isinstance(event, Noticed))
    file = tmp_path / "teacher" / "checkpoints" / "best" / "student.safetensors"
    methods = [{"method": "regression", "form": "bounded", "margin": 0.05}, {"method": "regression", "weight": 0.5}]
    asked = recipe(tmp_path / "a.csv", teachers=[{"path": str(file)}], methods=methods, epochs=8, batch_size=32,
                   optimizer=ADAM)  # fmt: skip
    _, summary = finish(train(asked, tmp_path / "run"))
    assert summary is not None
    assert summary["student"]["r2"] > 0.2
    assert 40 < summary["student"]["rmse"] < 80  # the target's own deviation is 77
