"""Hugging Face folders of pictures and sounds: transformers prepares, opens and answers as the student does."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from kdstudio.export.exporters.huggingface import HuggingFace
from kdstudio.models.model import Model
from kdstudio.models.source import load

TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
NAMES = {"id2label": {0: "cat", 1: "dog", 2: "fox"}, "label2id": {"cat": 0, "dog": 1, "fox": 2}}
EAR = {"conv_dim": [8, 8], "conv_kernel": [10, 3], "conv_stride": [10, 8], "classifier_proj_size": 8}
BODY = {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
PLAIN = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4], "size": {"height": 12, "width": 12}}
CUT = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 16},
    "crop_size": {"height": 12, "width": 12},
    "resample": 3,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.25, 0.25, 0.25],
}


def opened(network: Any, processor: dict[str, Any], folder: Path) -> Model:
    """Write a folder as others have it, and open it as a student."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return load(folder)


@pytest.mark.parametrize("processor", [PLAIN, CUT], ids=["stretched", "cut out"])
def test_that_transformers_prepares_and_answers_pictures_as_the_student(processor: Any, tmp_path: Path) -> None:
    config = transformers.ViTConfig(**TINY, **NAMES, image_size=12, patch_size=4)
    student = opened(transformers.ViTForImageClassification(config), processor, tmp_path / "theirs")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 20, 30), dtype=np.uint8)
    HuggingFace.write(student, (3, 20, 30), tmp_path / "ours")
    folder = tmp_path / "ours"
    steps = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    network = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
    assert network.config.id2label == NAMES["id2label"]
    given = steps(Image.fromarray(pixels.transpose(1, 2, 0)), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        theirs = network(pixel_values=given).logits
    torch.testing.assert_close(theirs, student.respond(pixels[None]), atol=0.01, rtol=0.01)  # Pillow rounds to pixels
    fed = student.preprocessing.feed(pixels[None])
    answers = HuggingFace.open(folder)(fed)
    np.testing.assert_allclose(answers, student.respond(pixels[None]).detach().numpy(), atol=1e-5)


def test_that_transformers_prepares_and_answers_sounds_as_the_student(tmp_path: Path) -> None:
    config = transformers.HubertConfig(**TINY, **EAR, **BODY, **NAMES)
    network = transformers.HubertForSequenceClassification(config)
    student = opened(network, {"sampling_rate": 4000, "do_normalize": True}, tmp_path / "theirs")
    clip = np.random.default_rng(0).normal(0.05, 0.1, (1, 4000)).astype(np.float32)
    HuggingFace.write(student, (4000,), tmp_path / "ours")
    steps = transformers.AutoFeatureExtractor.from_pretrained(tmp_path / "ours")
    network = transformers.AutoModelForAudioClassification.from_pretrained(tmp_path / "ours").eval()
    given = steps(clip[0], sampling_rate=4000, return_tensors="pt")["input_values"]
    with torch.inference_mode():
        theirs = network(input_values=given).logits
    torch.testing.assert_close(theirs, student.respond(clip), atol=1e-4, rtol=1e-4)
