"""A Hugging Face folder in a run: as the teacher, and as the student that goes on from it."""

import json
from pathlib import Path

import pytest
import torch
import transformers

from kdstudio.engine.desk import Desk
from kdstudio.models.source import load
from kdstudio.training.run import train
from tests.small_task import finish
from tests.training.conftest import SOFT, recipe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny random ViT for 8 × 8 grey digits."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.ViTConfig(**sizes, image_size=8, patch_size=2, num_channels=1, num_labels=10)
    torch.manual_seed(0)
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path / "vit")
    steps = {"image_mean": [0.5], "image_std": [0.5], "size": {"height": 8, "width": 8}}
    (tmp_path / "vit" / "preprocessor_config.json").write_text(json.dumps(steps))
    return tmp_path / "vit"


def test_that_a_folder_learns_from_a_teacher_and_then_teaches(
    digits: Path, teacher: Path, folder: Path, tmp_path: Path
) -> None:
    wish = recipe(
        digits,
        student={"path": str(folder)},
        teachers=[{"path": str(teacher)}],
        methods=list(SOFT),
        optimizer={"name": "adamw", "learning_rate": 0.003},
        epochs=10,
        baseline=False,
    )
    check = Desk().answer({"ask": "check", "recipe": wish.to_value()}, is_busy=False)
    assert check["estimate"]["seconds"] > 0
    _, summary = finish(train(wish, tmp_path / "a"))
    assert summary["student"]["accuracy"] > 0.5
    learned = tmp_path / "a" / "checkpoints" / "best" / "student.safetensors"
    assert load(learned).label == "ViTForImageClassification"
    network = load(learned).module.get_submodule("network")
    network.save_pretrained(folder)
    _, second = finish(train(recipe(digits, teachers=[{"path": str(folder)}], methods=list(SOFT)), tmp_path / "b"))
    assert second["teacher"]["accuracy"] == pytest.approx(summary["student"]["accuracy"])
    assert json.loads((tmp_path / "b" / "provenance.json").read_text())["teachers"][0]["sha256"]
