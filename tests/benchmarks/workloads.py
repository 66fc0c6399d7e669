"""What floors.py trains: data, teacher and student of each workload, the teacher with random weights."""

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.models.preprocessing.fit import fitted
from kdstudio.models.save import save
from kdstudio.models.student import student
from kdstudio.recipe.choices import DataChoice, StudentChoice

DATA = Path(os.environ.get("KDSTUDIO_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
SOFT = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "weight": 0.9}]
MAPS = [{"method": "hard_labels", "weight": 1.0}, {"method": "attention_transfer"}]
SGD = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
MNIST = {"path": str(DATA / "mnist"), "limit": 5120, "validation": 0.005}


@dataclass(frozen=True, slots=True)
class Workload:
    """A name, and a recipe whose teacher's file is made in a folder."""

    name: str
    recipe: Callable[[Path], dict[str, Any]]
    has_tutorial: bool = False


def made(
    folder: Path, data: dict[str, Any], choice: dict[str, Any], small: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Return a recipe whose teacher is a new model of an architecture."""
    wanted = DataChoice(**data)
    dataset = read(Path(wanted.path))
    splits = divide(dataset, wanted, 0)
    names = dataset.class_names
    how = fitted(splits.train)
    model = student(StudentChoice(**choice), splits.train.inputs, len(names), names, how, 0)
    save(model, folder / "teacher.safetensors")
    value = {
        "data": data,
        "teachers": [{"path": str(folder / "teacher.safetensors")}],
        "student": small,
        "methods": SOFT,
        "optimizer": SGD,
        "batch_size": 128,
    }
    return value | more


def mlp(folder: Path) -> dict[str, Any]:
    """Launch-bound: 784-100-100 on MNIST."""
    wide = {"architecture": "mlp", "knobs": {"hidden": [400, 400]}}
    return made(folder, MNIST, wide, {"architecture": "mlp", "knobs": {"hidden": [100, 100]}})


def small_cnn(folder: Path, **more: Any) -> dict[str, Any]:
    """A small network of convolutions on MNIST."""
    wide = {"architecture": "small_cnn", "knobs": {"width": 16, "blocks": 2}}
    data = MNIST | {"limit": 2560}
    return made(folder, data, wide, {"architecture": "small_cnn", "knobs": {"width": 8, "blocks": 2}}, **more)


def resnet(folder: Path) -> dict[str, Any]:
    """Compute-bound: ResNet-56 → ResNet-20 on CIFAR-size images."""
    data = {
        "path": str(DATA / "cifar10-lossless4000" / "cifar10_train_first4000.npz"),
        "limit": 1320,  # ten steps an epoch
        "validation": 0.01,
        "test": 0.01,
    }
    choice = {"architecture": "resnet", "knobs": {"depth": 56}}
    changed = {"flip": True, "crop": 4, "views": 1}
    return made(folder, data, choice, {"architecture": "resnet", "knobs": {"depth": 20}}, augmentation=changed)


def table(folder: Path) -> dict[str, Any]:
    """Rows of a table."""
    data = {"path": str(DATA / "adult"), "limit": 5120, "validation": 0.005}
    wide = {"architecture": "mlp", "knobs": {"hidden": [256, 256]}}
    return made(folder, data, wide, {"architecture": "mlp", "knobs": {"hidden": [32]}})


def text(folder: Path) -> dict[str, Any]:
    """A transformer of 6 layers teaches one of 2."""
    import transformers

    transformers.utils.logging.disable_progress_bar()

    data = {"path": str(DATA / "sst2-glue" / "dev.tsv"), "limit": 320, "validation": 0.02, "test": 0.02}
    splits = divide(read(Path(data["path"])), DataChoice(**data), 0)
    texts = splits.train.read(torch.arange(len(splits.train)).numpy())
    words = [word for word, _ in Counter(" ".join(map(str, texts)).split()).most_common(2000)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    for name, layers in (("teacher", 6), ("student", 2)):
        sizes = {"hidden_size": 128, "num_hidden_layers": layers, "num_attention_heads": 4, "intermediate_size": 512}
        config = transformers.BertConfig(**sizes, vocab_size=len(vocabulary), max_position_embeddings=64, num_labels=2)
        torch.manual_seed(0)
        transformers.BertForSequenceClassification(config).save_pretrained(folder / name)
        (folder / name / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
        settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 64}
        (folder / name / "tokenizer_config.json").write_text(json.dumps(settings))
    return {
        "data": data,
        "teachers": [{"path": str(folder / "teacher")}],
        "student": {"path": str(folder / "student")},
        "methods": SOFT,
        "optimizer": {"name": "adamw", "learning_rate": 0.0003},
        "batch_size": 32,
    }


WORKLOADS = (
    Workload("mlp", mlp),
    Workload("small cnn", small_cnn),
    Workload("feature method", lambda folder: small_cnn(folder, methods=MAPS)),
    Workload("table", table),
    Workload("transformer 6 → 2 layers", text),
    Workload("resnet-56 → 20", resnet, has_tutorial=True),
)
