"""Image classifiers in Hugging Face folders: the network, its class names, and how it wants its pictures."""

import json
from typing import Any

import torch
from torch import nn

from kdstudio.core.digest import digest_path
from kdstudio.core.errors import ModelError, Problem
from kdstudio.models.loaders.folders import Folder, read_weights
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.transformers_net import is_known, load

_RESAMPLED = {0: "nearest", 1: "Lanczos", 3: "bicubic", 4: "box", 5: "Hamming"}  # Pillow's numbers; 2 is bilinear


def image_classifier(folder: Folder) -> Model:
    """Return the model of a folder; raises ModelError where the network is not one of transformers' own."""
    if not is_known(folder.config, "image"):
        own = "; the folder has code of its own, which is not run" if "auto_map" in folder.config else ""
        raise ModelError(
            f"transformers has no image classifier of the kind {folder.kind!r}{own}",
            hint="Export it as ONNX where it was made, or update transformers.",
        )
    module = load(folder.config, "image", read_weights(folder.path))
    config: Any = module.network.config
    processor = folder.json("preprocessor_config.json")
    channels = int(getattr(getattr(config, "vision_config", config), "num_channels", None) or 3)
    preprocessing = _preprocessing(processor, channels)
    preprocessing = _fitting(module, preprocessing, [_size(processor), _declared_size(config), None])
    knobs = {"config": json.dumps(folder.config, sort_keys=True), "task": "image"}
    shape = None if preprocessing.size is None else preprocessing.shape
    return Model(
        module=module,
        spec=Spec("huggingface", knobs, shape, int(config.num_labels)),
        preprocessing=preprocessing,
        class_names=folder.class_names,
        path=folder.path,
        format="Hugging Face folder",
        layers=tuple(tappable(module)),
        digest=digest_path(folder.path),
        problems=tuple(problem.model_copy(update={"where": str(folder.path)}) for problem in _notes(config, processor)),
        preprocessing_known=bool(processor),
        label=folder.architecture or folder.kind,
    )


def _declared_size(config: Any) -> tuple[int, int] | None:
    size = getattr(getattr(config, "vision_config", config), "image_size", None)
    if isinstance(size, list | tuple) and len(size) == 2:
        return int(size[0]), int(size[1])
    return (size, size) if isinstance(size, int) else None


def _fitting(
    module: nn.Module, preprocessing: ImagePreprocessing, sizes: list[tuple[int, int] | None]
) -> ImagePreprocessing:
    """Return the preprocessing with the first size whose pictures the network answers; None: pictures of any size."""
    failure = ""
    for size in dict.fromkeys(sizes):
        tried = preprocessing.model_copy(update={"size": size})
        try:
            with torch.no_grad():  # inference tensors that a network keeps could not be trained with
                module(tried.example())
        except (ValueError, RuntimeError) as error:
            failure = failure or str(error).splitlines()[0][:160]
        else:
            return tried
    raise ModelError(f"the network answers no picture: {failure}", hint="Download the folder again.")


def _preprocessing(processor: dict[str, Any], channels: int) -> ImagePreprocessing:
    """Turn a processor's steps (x·factor − mean) / std on 0..255 into ours on 0..1; the size is still open."""
    if not processor:
        return ImagePreprocessing.plain(channels)
    mean, std = (0.0,) * channels, (1.0,) * channels
    if processor.get("do_normalize", True):
        mean = _numbers(processor.get("image_mean"), channels, 0.5)
        std = _numbers(processor.get("image_std"), channels, 0.5)
    factor = float(processor.get("rescale_factor", 1 / 255)) if processor.get("do_rescale", True) else 1.0
    offset = 1.0 if processor.get("rescale_offset") else 0.0
    scale = 255 * factor
    return ImagePreprocessing(
        channels=channels,
        size=None,
        mean=tuple(round((value + offset) / scale, 9) for value in mean),
        std=tuple(round(value / scale, 9) for value in std),
    )


def _size(processor: dict[str, Any]) -> tuple[int, int] | None:
    """Return the size (H, W) that pictures have when they reach the network."""
    for key, used in (("crop_size", "do_center_crop"), ("size", "do_resize")):
        size = processor.get(key)
        if not processor.get(used, key == "size") or size is None:
            continue
        if isinstance(size, dict):
            side = size.get("shortest_edge")
            height, width = size.get("height", side), size.get("width", side)
        else:
            height, width = (size, size) if isinstance(size, int) else (None, None)
        if isinstance(height, int) and isinstance(width, int):
            return height, width
    return None


def _numbers(values: Any, channels: int, usual: float) -> tuple[float, ...]:
    if isinstance(values, int | float):
        values = [values] * channels
    if values is None:
        values = [usual] * channels
    if len(values) != channels:
        message = f"preprocessor_config.json has {len(values)} means or deviations, and pictures {channels} channels"
        raise ModelError(message, hint="Download the folder again.")
    return tuple(float(value) for value in values)


def _notes(config: Any, processor: dict[str, Any]) -> list[Problem]:
    found = []
    if getattr(config, "problem_type", None) == "multi_label_classification":
        message = "the model was trained for several labels at once: its answers are no shares of one whole"
        found.append(Problem(message=message, hint="Its figures here count the largest answer.", severity="warning"))
    steps = []
    if processor.get("do_center_crop"):
        steps.append("the middle is cut out of each picture")
    if processor.get("do_resize", True) and processor.get("resample") in _RESAMPLED:
        steps.append(f"pictures are resized by {_RESAMPLED[processor['resample']]} interpolation")
    if steps:
        message = f"in the folder's own preprocessing {' and '.join(steps)}; here whole pictures are resized, bilinear"
        found.append(Problem(message=message, hint="Pictures of the model's size are not touched.", severity="note"))
    return found
