"""Distilling from a teacher alone, on images that nobody labelled."""

import json

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Evaluated
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.small_task import quick_recipe


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """1,797 real digits as PNG files in one folder, without a word about their classes."""
    folder = tmp_path_factory.mktemp("pictures")
    for i, image in enumerate((load_digits().images * 15.9).astype(np.uint8)):
        Image.fromarray(image).save(folder / f"{i:04}.png")
    return folder


def settings(pictures, **changes):
    soft = [{"method": "soft_targets", "temperature": 4.0}]
    return parse(quick_recipe(pictures, **({"methods": soft} | changes)))


def test_that_a_student_learns_from_the_teacher_alone(pictures, teacher, tmp_path):
    recipe = settings(pictures, teachers=[{"path": str(teacher)}])
    events = list(train(recipe, tmp_path / "run"))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["student"]["accuracy"] is None
    assert summary["student"]["errors"] is None
    assert summary["baseline"] is None
    assert summary["transfer"]["agreement"] > 0.8
    judged = [e.metrics["agreement"] for e in events if isinstance(e, Evaluated) and e.learner == "student"][:-1]
    assert summary["student"]["epoch"] == int(np.argmax(judged)) + 1
    names = json.loads((tmp_path / "run" / "classes.json").read_text())["class_names"]
    assert names == [str(i) for i in range(10)]


def test_that_without_teacher_and_labels_there_is_nothing_to_learn_from(pictures, tmp_path):
    with pytest.raises(InvalidRecipe, match="nothing to learn from"):
        list(train(settings(pictures, methods=[{"method": "hard_labels"}]), tmp_path / "run"))


def test_that_a_method_that_needs_labels_is_refused(pictures, teacher, tmp_path):
    methods = [{"method": "hard_labels"}, {"method": "soft_targets"}]
    with pytest.raises(InvalidRecipe, match="hard_labels needs labels"):
        list(train(settings(pictures, teachers=[{"path": str(teacher)}], methods=methods), tmp_path / "run"))


def test_that_a_transfer_set_teaches_beyond_the_labelled_inputs(pictures, teacher, tmp_path):
    few = tmp_path / "few.npz"
    bunch = load_digits()
    np.savez(few, images=(bunch.images[:200] * 15.9).astype(np.uint8), labels=bunch.target[:200])
    hard_and_soft = [{"method": "hard_labels"}, {"method": "soft_targets", "temperature": 4.0}]
    value = quick_recipe(few, teachers=[{"path": str(teacher)}], methods=hard_and_soft, epochs=6)
    found = {}
    for name, data in (("own", {}), ("more", {"transfer": str(pictures)})):
        recipe = parse(value | {"data": value["data"] | {"test": 0.3} | data})
        events = list(train(recipe, tmp_path / name))
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        assert summary["student"]["count"] == 60
        judged = [e.metrics["kl"] for e in events if isinstance(e, Evaluated) and e.learner == "student"][:-1]
        found[name] = (min(judged), max(e.step for e in events if isinstance(e, Evaluated)))
    assert found["more"][0] < 0.5 * found["own"][0]
    assert found["more"][1] > 5 * found["own"][1]


def test_that_stored_answers_say_how_many_inputs_of_a_transfer_set_they_lack(pictures, tmp_path):
    few, answers = tmp_path / "few.npz", tmp_path / "answers.npy"
    bunch = load_digits()
    np.savez(few, images=(bunch.images[:200] * 15.9).astype(np.uint8), labels=bunch.target[:200])
    np.save(answers, np.eye(10, dtype=np.float32)[bunch.target[:200]] * 0.8 + 0.02)
    soft = [{"method": "soft_targets", "temperature": 4.0}]
    value = quick_recipe(few, teachers=[{"kind": "stored", "path": str(answers)}], methods=soft)
    with pytest.raises(InvalidRecipe, match="1,797 of 1,941 training inputs have no stored answer"):
        list(train(parse(value | {"data": value["data"] | {"transfer": str(pictures)}}), tmp_path / "run"))
