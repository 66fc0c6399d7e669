"""Pretrained networks of Hugging Face folders with a new classifier, which begin to learn other classes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ModelError
from kdstudio.models.loaders.folders import CONFIG, Folder, open_folder
from kdstudio.models.loaders.huggingface import classifier_of, is_headless
from kdstudio.models.model import Model
from kdstudio.models.transformers_net import Task, class_name, is_known

_TASKS: tuple[Task, ...] = ("text", "image", "audio")


def is_encoder(path: Path) -> bool:
    """Whether this is a folder of a network without classes of its own: an embedding or masked-language model."""
    folder = _folder(path)
    return folder is not None and is_headless(folder.architecture)


def with_new_head(path: Path, class_names: tuple[str, ...], classes: int, seed: int, *, several: bool) -> Model | None:
    """Return the network of a folder with a classifier for these classes that has learned nothing yet.

    All other weights are those of the folder; the new ones depend on `seed` alone. `several`: each class is a label of
    its own. None where this is no folder of a network that transformers could give a classifier.
    """
    folder = _folder(path)
    task = None if folder is None else next((one for one in _TASKS if is_known(folder.config, one)), None)
    if folder is None or task is None:
        return None
    names = class_names or tuple(f"LABEL_{i}" for i in range(classes))
    config: dict[str, Any] = folder.config | {
        "architectures": [class_name(folder.config, task)],
        "num_labels": classes,
        "id2label": {str(i): name for i, name in enumerate(names)},
        "label2id": {name: i for i, name in enumerate(names)},
        "problem_type": "multi_label_classification" if several else None,
    }
    model = classifier_of(replace(folder, config=config, seed=seed))
    return replace(model, label=f"{model.label}, new classifier", path=None, digest="", format="new")


def _folder(path: Path) -> Folder | None:
    try:
        folder = open_folder(path if path.is_dir() else path.parent)
    except (ModelError, OSError):
        return None
    return folder if folder.kind and (path.is_dir() or path.name == CONFIG) else None
