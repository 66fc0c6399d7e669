"""The example of a class that the student never saw (Hinton et al. 2015, section 3), as a person would train it."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.analysis.bias_shift import bias_shift, shifted
from kdstudio.core.paths import resource
from kdstudio.core.types import Predictions
from kdstudio.project.run import Run
from kdstudio.recipe.recipe import load
from tests.small_task import trained


@pytest.mark.slow
def test_that_a_student_that_never_saw_a_bag_knows_most_of_them(tmp_path: Path) -> None:
    run = Run(trained(load(resource("recipes", "unseen.json")).to_value(), tmp_path / "run"))
    test = run.predictions("student", "test", "best")
    bag = test.class_names.index("Bag")

    def known(answers: Predictions) -> float:
        of_class = np.asarray(answers.targets) == bag
        return float((answers.labels[of_class] == bag).mean())

    shift = bias_shift(run.predictions("student", "validation", "best"), run.predictions("teacher", "validation"))
    assert known(test) < 0.1
    assert known(shifted(test, shift)) > 0.6
    assert known(run.predictions("baseline", "test", "best")) == 0
