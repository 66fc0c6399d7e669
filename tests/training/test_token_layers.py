"""Layers of tokens in a run: between two transformers of different width, and of the same."""

from pathlib import Path

import pytest

from kdstudio.core.events import Losses
from kdstudio.core.layout import RunFolder
from kdstudio.models.source import load
from kdstudio.training.run import train
from tests.small_task import finish, write_digits
from tests.training.conftest import recipe
from tests.training.vision_transformer import write_vit


@pytest.mark.parametrize(
    ("width", "method"),
    [
        (16, {"method": "hidden_states"}),
        (32, {"method": "hidden_states", "distance": "squared"}),
        (16, {"method": "variational"}),
    ],
)
def test_that_the_states_of_a_transformer_teach_another(width: int, method: dict, tmp_path: Path) -> None:
    digits = write_digits(tmp_path / "few.npz", 300)
    teacher, student = write_vit(tmp_path / "teacher", 32, 0), write_vit(tmp_path / "student", width, 1)
    wish = recipe(
        digits,
        student={"path": str(student)},
        teachers=[{"path": str(teacher)}],
        methods=[method],
        optimizer={"name": "adamw", "learning_rate": 0.003},
        epochs=2,
        baseline=False,
    )
    seen, _ = finish(train(wish, tmp_path / "run"))
    course = [event.terms["total"] for event in seen if isinstance(event, Losses)]
    assert course[-1] < course[0]
    exported = load(RunFolder(tmp_path / "run").checkpoint("last") / "student.safetensors")
    assert exported.parameters == load(student).parameters  # what lies between is left out
