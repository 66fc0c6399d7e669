"""Image classifiers in Hugging Face folders: the network, its class names, and how it wants its pictures."""

import json
from typing import Any

import torch
from torch import nn

from kdstudio.core.digest import digest_path
from kdstudio.core.errors import ModelError, Problem
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.loaders.image_processor import left_out, read_processor
from kdstudio.models.loaders.image_processor import preprocessing as wanted
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.tasks import of_config
from kdstudio.models.transformers_net import is_known, load


def image_classifier(folder: Folder) -> Model:
    """Return the model of a folder; raises ModelError where the network is not one of transformers' own."""
    if not is_known(folder.config, "image"):
        own = "; the folder has code of its own, which is not run" if "auto_map" in folder.config else ""
        raise ModelError(
            f"transformers has no image classifier of the kind {folder.kind!r}{own}",
            hint="Export it as ONNX where it was made, or update transformers.",
        )
    module = load(folder.config, "image", folder.tensors(), folder.seed)
    config: Any = module.network.config
    processor = read_processor(folder)
    channels = int(getattr(getattr(config, "vision_config", config), "num_channels", None) or 3)
    preprocessing = _fitting(module, wanted(processor, channels), _declared_size(config))
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
        problems=tuple(problem.model_copy(update={"where": str(folder.path)}) for problem in _notes(processor)),
        preprocessing_known=bool(processor),
        label=folder.architecture or folder.kind,
        output=of_config(config).output,
        task=of_config(config).task,
    )


def _declared_size(config: Any) -> tuple[int, int] | None:
    size = getattr(getattr(config, "vision_config", config), "image_size", None)
    if isinstance(size, list | tuple) and len(size) == 2:
        return int(size[0]), int(size[1])
    return (size, size) if isinstance(size, int) else None


def _fitting(
    module: nn.Module, preprocessing: ImagePreprocessing, declared: tuple[int, int] | None
) -> ImagePreprocessing:
    """Return the preprocessing with the first size whose pictures the network answers: its own, `declared`, or any."""
    failure = ""
    stretched = preprocessing.model_copy(update={"resized": None})
    for size in dict.fromkeys((preprocessing.size, declared, None)):
        tried = preprocessing if size == preprocessing.size else stretched.with_size(size)
        try:
            with torch.no_grad():  # inference tensors that a network keeps could not be trained with
                module(tried.example())
        except (ValueError, RuntimeError) as error:
            failure = failure or str(error).splitlines()[0][:160]
        else:
            return tried
    raise ModelError(f"the network answers no picture: {failure}", hint="Download the folder again.")


def _notes(processor: dict[str, Any]) -> list[Problem]:
    found = []
    if step := left_out(processor):
        message = f"in the folder's own preprocessing {step}; here whole pictures are stretched"
        found.append(Problem(message=message, hint="Pictures of the model's size are not touched.", severity="note"))
    return found
