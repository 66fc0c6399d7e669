"""Networks of text in Hugging Face folders: classifiers and causal language models, with their own tokenizer."""

import json
from typing import Any

from torch import nn

from kdstudio.core.digest import digest_path
from kdstudio.core.errors import ModelError
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing.tokens import LONGEST, TokenPreprocessing
from kdstudio.models.tasks import CLASSES, of_config
from kdstudio.models.tokenizers import tokenizer_in
from kdstudio.models.transformers_net import Task, TransformersNet, is_known, load

_LEFT = ("xlnet",)  # decided by the last place, and not by the last token


def text_classifier(folder: Folder) -> Model:
    """Return the classifier of a folder; raises ModelError where the network is not one of transformers' own."""
    return _opened(folder, "text")


def language_model(folder: Folder) -> Model:
    """Return the causal language model of a folder: it answers each position of a text with the next token."""
    return _opened(folder, "next_token")


def _opened(folder: Folder, task: Task) -> Model:
    if not is_known(folder.config, task):
        own = "; the folder has code of its own, which is not run" if "auto_map" in folder.config else ""
        raise ModelError(
            f"transformers has no {folder.architecture} of the kind {folder.kind!r}{own}",
            hint="Export it as ONNX where it was made, or update transformers.",
        )
    if folder.kind in _LEFT:
        message = f"{folder.architecture} reads short texts with empty places in front of them"
        raise ModelError(message, hint="Open a file of this model's answers, or a classifier of another family.")
    module = load(folder.config, task, folder.tensors(), folder.seed)
    config: Any = module.network.config
    preprocessing = _tokens(folder, module)
    if preprocessing.vocabulary > config.vocab_size:
        message = f"the tokenizer has {preprocessing.vocabulary:,} tokens, and the network knows {config.vocab_size:,}"
        raise ModelError(message, hint="Tokenizer and weights must be from the same save: download both again.")
    classes = int(config.num_labels) if task == "text" else int(config.vocab_size)
    answers = of_config(config) if task == "text" else CLASSES
    knobs = {"config": json.dumps(folder.config, sort_keys=True), "task": task}
    return Model(
        module=module,
        spec=Spec("huggingface", knobs, preprocessing.shape, classes),
        preprocessing=preprocessing,
        class_names=folder.class_names if task == "text" else (),
        path=folder.path,
        format="Hugging Face folder",
        layers=tuple(tappable(module)),
        digest=digest_path(folder.path),
        label=folder.architecture,
        output=answers.output,
        task=answers.task,
        per_token=task == "next_token",
    )


def _tokens(folder: Folder, module: TransformersNet) -> TokenPreprocessing:
    """Return the folder's tokenizer, for texts that there are places for; raises ModelError where there is none."""
    found = tokenizer_in(folder.path)
    if found is None:
        raise ModelError(
            "the folder has no tokenizer (tokenizer.json)",
            hint="Put the tokenizer's files beside the weights: tokenizer.save_pretrained(FOLDER) writes them.",
        )
    return found.model_copy(update={"length": min(found.length, _positions(module)), "pad": module.pad})


def _positions(module: TransformersNet) -> int:
    """Return for how many tokens a network has places; where places have padding, they begin behind it (RoBERTa)."""
    config: Any = module.network.config
    count = getattr(config, "max_position_embeddings", None)
    if not isinstance(count, int) or count < 1:
        return LONGEST
    tables = [one for name, one in module.named_modules() if name.endswith("position_embeddings")]
    paddings = [one.padding_idx for one in tables if isinstance(one, nn.Embedding) and one.padding_idx is not None]
    return max(1, count - max((padding + 1 for padding in paddings), default=0))
