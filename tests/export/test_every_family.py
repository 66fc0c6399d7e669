"""Every family of networks in every format that can hold it, really trained, and compared input by input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from kdstudio.export.export import export
from kdstudio.export.formats import exporter
from kdstudio.export.opening import open_student
from kdstudio.recipe.recipe import parse
from kdstudio.training.run import train
from tests.export.small_data import write_reviews, write_sounds, write_table
from tests.models.text_networks import write
from tests.small_task import write_digits

pytestmark = pytest.mark.slow
PROGRAMS = ["onnx", "safetensors", "pt2", "torchscript", "ort"]
SMALLER = ["onnx_fp16", "onnx_int8"]
TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
PICTURES = {
    "mlp": {"hidden": [64]},
    "lenet": {"padding": "all"},
    "small_cnn": {"width": 8, "blocks": 2},
    "resnet": {"depth": 8, "width": 8},
    "wide_resnet": {"depth": 10, "widen": 1},
    "mobilenet": {"width": 8, "depth": 1},
    "resnet_imagenet": {"depth": 10, "width": 8, "stem": "small"},
}
CLOSE = 1e-4  # the largest difference, as a share of the largest logit; and the gap of inputs that may fall elsewhere


def seeing(folder: Path) -> Path:
    """Write a tiny ViT of transformers for digits."""
    config = transformers.ViTConfig(**TINY, image_size=8, patch_size=2, num_channels=1, num_labels=10)
    transformers.utils.logging.disable_progress_bar()
    transformers.ViTForImageClassification(config).save_pretrained(folder)
    steps = '{"image_mean": [0.5], "image_std": [0.5], "size": {"height": 8, "width": 8}}'
    (folder / "preprocessor_config.json").write_text(steps)
    return folder


def task(kind: str, place: Path) -> tuple[Path, dict[str, Any]]:
    """Return data and the student of one kind."""
    if kind in PICTURES:
        return write_digits(place / "digits.npz", 1797), {"architecture": kind, "knobs": PICTURES[kind]}
    if kind == "transformers, pictures":
        return write_digits(place / "digits.npz", 1797), {"path": str(seeing(place / "vit"))}
    if kind == "transformers, texts":
        teacher = write(place / "bert", "DistilBert", id2label={0: "bad", 1: "good"}, label2id={"bad": 0, "good": 1})
        return write_reviews(place / "reviews.csv", 1500), {"path": str(teacher)}
    if kind in ("text_bag", "text_cnn"):
        return write_reviews(place / "reviews.csv", 1500), {"architecture": kind, "knobs": {}}
    if kind == "table":
        return write_table(place / "iris.csv"), {"architecture": "mlp", "knobs": {"hidden": [16]}}
    return write_sounds(place / "sounds"), {"architecture": "small_cnn", "knobs": {"width": 4, "blocks": 2}}


@pytest.mark.parametrize(
    "kind", [*PICTURES, "transformers, pictures", "transformers, texts", "text_bag", "text_cnn", "table", "sounds"]
)
def test_that_every_format_answers_as_the_student(kind: str, recipe: dict[str, Any], finish: Any, tmp_path: Path):
    data, made = task(kind, tmp_path)
    finish(train(parse(recipe | {"data": {"path": str(data)}, "student": made, "epochs": 8}), tmp_path / "run"))
    wanted = [*PROGRAMS, *SMALLER, *(["huggingface"] if kind.startswith("transformers") else [])]
    reports = {one.format: one for one in finish(export(tmp_path / "run", tmp_path / "out", wanted))}
    assert {name: one.problems for name, one in reports.items() if not one.passed} == {}
    student = open_student(tmp_path / "run", "best")
    model, test = student.model, student.splits.test
    values = test.read(np.arange(len(test)))
    with torch.inference_mode():
        expected = model.respond(values).numpy()
    top = np.sort(expected, axis=1)
    gap = top[:, -1] - top[:, -2]
    for name in reports.keys() - set(SMALLER):
        answers = exporter(name).open(Path(reports[name].path))(model.preprocessing.feed(values))
        assert np.abs(answers - expected).max() <= CLOSE * max(1, np.abs(expected).max()), name
        assert gap[answers.argmax(1) != expected.argmax(1)].max(initial=0) < CLOSE, name
