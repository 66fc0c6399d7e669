"""Layers of tokens in a run: between two transformers of different width, and of the same."""

import json
from pathlib import Path

import pytest
import torch
import transformers

from kdstudio.core.events import Losses
from kdstudio.core.layout import RunFolder
from kdstudio.models.source import load
from kdstudio.training.run import train
from tests.small_task import finish, write_digits
from tests.training.conftest import recipe


def write_vit(folder: Path, width: int, seed: int) -> Path:
    """Write a random ViT for 8 × 8 grey digits."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    sizes = {"hidden_size": width, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 2 * width}
    config = transformers.ViTConfig(**sizes, image_size=8, patch_size=2, num_channels=1, num_labels=10)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        transformers.ViTForImageClassification(config).save_pretrained(folder)
    steps = {"image_mean": [0.5], "image_std": [0.5], "size": {"height": 8, "width": 8}}
    (folder / "preprocessor_config.json").write_text(json.dumps(steps))
    return folder


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
