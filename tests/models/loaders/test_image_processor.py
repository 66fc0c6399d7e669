"""Pictures as transformers' own image processors prepare them, from folders that those wrote."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from transformers import AutoImageProcessor

from kdstudio.core.errors import ModelError
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.loaders.image_processor import left_out, preprocessing, read_processor
from kdstudio.models.preprocessing.image import ImagePreprocessing, as_tensor

TYPES = {
    "ViTImageProcessor": {},
    "ViTFeatureExtractor": {"size": 96, "resample": 1},
    "DeiTImageProcessor": {},
    "BitImageProcessor": {"size": {"shortest_edge": 256}},
    "CLIPImageProcessor": {},
    "MobileNetV2ImageProcessor": {},
    "LevitImageProcessor": {},
    "PoolFormerImageProcessor": {},
    "BeitImageProcessor": {"size": 64, "do_center_crop": True, "crop_size": {"height": 48, "width": 56}},
    "EfficientNetImageProcessor": {"rescale_offset": True, "resample": 0, "size": {"height": 90, "width": 80}},
    "SiglipImageProcessor": {"resample": 5},
}
CONVNEXT = "ConvNextImageProcessor"


def photo(height: int, width: int) -> Image.Image:
    """A part of a real photograph, of roofs and trees."""
    return Image.fromarray(load_sample_image("china.jpg")[60 : 60 + height, 100 : 100 + width])


def folder(path: Path, kind: str, values: dict[str, Any], model_type: str = "vit") -> Folder:
    key = "feature_extractor_type" if kind.endswith("Extractor") else "image_processor_type"
    (path / "preprocessor_config.json").write_text(json.dumps({key: kind} | values if kind else values))
    (path / "config.json").write_text(json.dumps({"model_type": model_type}))
    return Folder(path, {"model_type": model_type})


def raw(picture: Image.Image) -> torch.Tensor:
    return as_tensor(np.array(picture).transpose(2, 0, 1)[None])


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        *TYPES.items(),
        (CONVNEXT, {"size": {"shortest_edge": 224}}),
        (CONVNEXT, {"size": {"shortest_edge": 384}}),
    ],
)
@pytest.mark.parametrize("shape", [(150, 200), (301, 203), (40, 32)])
def test_that_pictures_are_those_of_transformers(tmp_path: Path, kind: str, values: dict, shape: tuple) -> None:
    where = folder(tmp_path, kind, values)
    how = preprocessing(read_processor(where), 3)
    picture = photo(*shape)
    theirs = AutoImageProcessor.from_pretrained(tmp_path, local_files_only=True, backend="pil")
    wanted = theirs(picture, return_tensors="pt")["pixel_values"].float()
    found = how.apply(raw(picture))
    assert found.shape == wanted.shape
    level = 1 / 255 / torch.tensor(how.std).view(1, 3, 1, 1)  # one of 256 levels, after the normalisation
    difference = ((found - wanted) / level).abs()
    assert difference.mean() < 0.5
    assert difference.quantile(0.99) < 2
    assert ImagePreprocessing.model_validate_json(how.model_dump_json()) == how


def test_that_a_file_that_names_no_class_has_the_defaults_of_the_network(tmp_path: Path) -> None:
    how = preprocessing(read_processor(folder(tmp_path, "", {"size": 32}, "mobilenet_v2")), 3)
    assert (how.resized, how.size, how.interpolation) == (32, (224, 224), "bilinear")


def test_that_an_unknown_class_is_taken_at_its_word(tmp_path: Path) -> None:
    values = {"size": {"height": 40, "width": 48}, "image_mean": 0.25, "resample": 99}
    how = preprocessing(read_processor(folder(tmp_path, "MyOwnProcessor", values, "my-own")), 1)
    assert (how.resized, how.size, how.interpolation, how.mean) == (None, (40, 48), "bilinear", (0.25,))
    assert preprocessing({}, 3) == ImagePreprocessing.plain(3)


def test_that_what_is_left_out_is_said() -> None:
    assert "cut out" in left_out({"do_resize": False, "do_center_crop": True, "crop_size": 32})
    assert "longest edge" in left_out({"size": {"shortest_edge": 32, "longest_edge": 64}})
    assert left_out({"size": {"shortest_edge": 32}, "do_center_crop": True, "crop_size": 32}) == ""


@pytest.mark.parametrize(
    "values",
    [
        {"image_mean": [0.5] * 4},
        {"image_std": [0.0] * 3},
        {"size": 9_000_000, "crop_size": 32, "do_center_crop": True},
        {"size": {"shortest_edge": -3}},
        {"rescale_factor": 0},
        {"rescale_factor": "much"},
        {"image_std": "wide"},
    ],
)
def test_that_numbers_that_cannot_be_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as caught:
        preprocessing(values, 3)
    assert "preprocessor_config.json" in caught.value.message
    assert caught.value.hint
