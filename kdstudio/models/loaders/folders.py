"""Folders of weights: one safetensors file or several with an index, or torch's `.bin`, read without running code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.models.json_object import read_json
from kdstudio.models.loaders.state_dict import read_tensors

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
WEIGHTS = ("model.safetensors", "pytorch_model.bin", INDEX, "pytorch_model.bin.index.json")
_AGAIN = "Download the folder again."


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as `save_pretrained` writes it; `config` is its config.json, empty where there is none."""

    path: Path
    config: dict[str, Any]
    weights: Path | None = None  # where they lie, if not in the folder
    seed: int | None = None  # of the weights of a classifier that is new; None: all weights must be there

    def tensors(self) -> dict[str, Tensor]:
        """Return all weights by name; raises ModelError where there are none."""
        return read_weights(self.weights or self.path)

    @property
    def kind(self) -> str:
        """The family that transformers knows it by: `vit`, `llama`."""
        return str(self.config.get("model_type", ""))

    @property
    def architecture(self) -> str:
        """The class that it was saved from: `ViTForImageClassification`."""
        names = self.config.get("architectures")
        return str(names[0]) if isinstance(names, list) and names else ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names in the order of the outputs; nothing where they are the library's own LABEL_0, LABEL_1 …"""
        names = self.config.get("id2label")
        if not isinstance(names, dict) or not all(str(key).isdigit() for key in names):
            return ()
        ordered = [str(names[key]) for key in sorted(names, key=int)]
        return () if all(name == f"LABEL_{i}" for i, name in enumerate(ordered)) else tuple(ordered)

    def json(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the folder, empty where there is none; raises ModelError where it is damaged."""
        return read_json(self.path / name) if (self.path / name).is_file() else {}


def open_folder(path: Path) -> Folder:
    """Return the folder with its config; raises ModelError where that is damaged."""
    folder = Folder(path, {})
    return Folder(path, folder.json(CONFIG))


def weight_files(path: Path) -> tuple[Path, ...]:
    """Return the files with the weights in a folder; raises ModelError where there are none, or one is missing."""
    for name in WEIGHTS[:2]:
        if (path / name).is_file():
            return (path / name,)
    for name in WEIGHTS[2:]:
        if (path / name).is_file():
            return _shards(path, name)
    others = sorted(file.name for file in path.iterdir() if file.suffix in (".h5", ".msgpack", ".onnx", ".gguf"))
    found = f", only {', '.join(others[:3])}" if others else ""
    message = f"there are no weights in the folder (model.safetensors){found}"
    raise ModelError(message, hint="Save the model with save_pretrained, or download its model.safetensors.")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return all tensors of a folder, or of one file, by name."""
    tensors: dict[str, Tensor] = {}
    for file in weight_files(path) if path.is_dir() else (path,):
        tensors |= read_safetensors(file) if file.suffix == ".safetensors" else read_tensors(file)
    return tensors


def _shards(path: Path, name: str) -> tuple[Path, ...]:
    places = read_json(path / name).get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(place, str) for place in places.values()):
        raise ModelError(f"{name} does not say which file holds which weight", hint=_AGAIN)
    names = sorted(set(places.values()))
    outside = [one for one in names if Path(one).name != one]
    if outside:
        hint = "Nothing outside of the folder is read: put the files beside the index."
        raise ModelError(f"{name} points outside of its folder ({outside[0]})", hint=hint)
    missing = [one for one in names if not (path / one).is_file()]
    if missing:
        message = f"{len(missing)} of {len(names)} files of the model are missing, the first is {missing[0]}"
        raise ModelError(message, hint=_AGAIN)
    return tuple(path / one for one in names)


def read_safetensors(file: Path) -> dict[str, Tensor]:
    """Return the tensors of one safetensors file by name, in the order of their numbers."""
    try:
        with safe_open(file, framework="pt", device="cpu") as opened:
            return {name: opened.get_tensor(name) for name in opened.offset_keys()}
    except SafetensorError as error:
        raise ModelError(f"{file.name} is cut short or damaged ({error})", hint=_AGAIN) from error
