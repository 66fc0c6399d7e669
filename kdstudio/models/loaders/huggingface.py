"""Loader for Hugging Face folders (`config.json`, weights, processor), offline and without running code of theirs.

A task is one function from a folder to a model: a new one is added to `TASKS` by the ending of the class that
config.json names.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from kdstudio.core.digest import digest_path
from kdstudio.core.errors import ModelError
from kdstudio.models.assemble import Weights, assemble
from kdstudio.models.json_object import read_json
from kdstudio.models.loaders.folders import CONFIG, INDEX, WEIGHTS, Folder, open_folder, read_weights
from kdstudio.models.loaders.huggingface_audio import SAMPLES, sound_classifier
from kdstudio.models.loaders.huggingface_image import image_classifier
from kdstudio.models.loaders.huggingface_text import language_model, text_classifier
from kdstudio.models.loaders.onnx import Onnx
from kdstudio.models.model import Model
from kdstudio.models.nested import plain_names

TASKS: dict[str, Callable[[Folder], Model]] = {
    "ForImageClassification": image_classifier,
    "ForImageClassificationWithTeacher": image_classifier,
    **dict.fromkeys((*SAMPLES, "ForAudioClassification"), sound_classifier),
    "ForSequenceClassification": text_classifier,  # behind those of sound, whose names end alike
    **dict.fromkeys(("ForCausalLM", "LMHeadModel"), language_model),
}
_OTHERS = (
    (r"For(Conditional|Text)Generation$|Seq2SeqLM$", "a model that writes text"),
    (r"ForTokenClassification$", "a model that labels each token of a text"),
    (r"ForQuestionAnswering$", "a model that finds answers in a text"),
    (r"ForObjectDetection$|ForUniversalSegmentation$|SemanticSegmentation$|InstanceSegmentation$|DepthEstimation$",
     "a model that answers with boxes or maps"),
    (r"(ForCTC|SpeechSeq2Seq)$", "a model that writes down speech"),
)  # fmt: skip
_HEADLESS = re.compile(r"(Model|Backbone|WithProjection|ForMaskedImageModeling|ForMaskedLM|ForPreTraining)$")


class HuggingFaceFolder:
    """A folder as `save_pretrained` writes it, or only the shards of a state dict with their index."""

    title: ClassVar[str] = "Hugging Face folder"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for the config or the index of shards: in a folder, or where that file itself was chosen."""
        if path.is_dir():
            return 1.0 if any((path / name).is_file() for name in ("config.json", INDEX)) else 0.0
        is_json = head.lstrip().startswith(b"{")
        return 1.0 if is_json and any(word in head for word in (b'"weight_map"', b'"model_type"')) else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model of the folder, or say what the folder holds instead of one that classifies."""
        folder = open_folder(path if path.is_dir() else path.parent)
        if (graph := _graph(folder.path)) is not None:
            return Onnx.load(graph)
        if not folder.kind and not folder.architecture:
            return _plain(folder)
        return classifier_of(folder)


LOADER = HuggingFaceFolder


def with_config(weights: Path, config: Path) -> Model:
    """Return the model of weights whose config.json lies elsewhere; tokenizer and processor lie beside the config.

    Raises ModelError where it is no such configuration, or the weights do not fit it.
    """
    config = config / CONFIG if config.is_dir() else config
    if not config.is_file():
        raise ModelError(f"there is no file {config.name}", hint="Check its path.", where=str(config))
    model = classifier_of(Folder(config.parent, read_json(config), weights))
    return replace(model, path=weights, digest=digest_path(weights))


def classifier_of(folder: Folder) -> Model:
    """Return the model that a folder's config names; raises ModelError where that is no classifier."""
    for ending, task in TASKS.items():
        if folder.architecture.endswith(ending):
            return task(folder)
    raise _refusal(folder)


def _graph(folder: Path) -> Path | None:
    """Return the ONNX file of a folder without other weights, where exporters of transformers put it."""
    if any((folder / name).is_file() for name in WEIGHTS):
        return None
    return next((folder / place for place in ("model.onnx", "onnx/model.onnx") if (folder / place).is_file()), None)


def _plain(folder: Folder) -> Model:
    """Open the shards of a state dict whose architecture is found from names and shapes."""
    tensors = plain_names(read_weights(folder.path))
    model = assemble(Weights(tensors, "sharded safetensors"), folder.path / INDEX)
    return replace(model, path=folder.path, digest=digest_path(folder.path))


def is_headless(architecture: str) -> bool:
    """Whether a class of transformers has no classes of its own, and writes no text either."""
    return _HEADLESS.search(architecture) is not None and not architecture.endswith(tuple(TASKS))


def _refusal(folder: Folder) -> ModelError:
    name, kind = folder.architecture, folder.kind or "unknown kind"
    if is_headless(name):
        return ModelError(
            f"this is a pretrained network without a classifier ({name})",
            hint="Take it as the student: it gets a new classifier for the data's classes. What it becomes can teach.",
        )
    for ending, words in _OTHERS:
        if re.search(ending, name):
            message = f"this is {words} ({name}, {kind})"
            return ModelError(message, hint="Open a model that classifies, or a file of this model's answers.")
    return ModelError(
        f"the config.json names no class that can be opened here ({name or kind})",
        hint=f"Classes that can be opened end in {', '.join(TASKS)}.",
    )
