"""Opening weights with what a person says about their network: a Python class, an architecture, a config.json."""

from pathlib import Path

from kdstudio.models.chosen import open_as
from kdstudio.models.loaders.huggingface import with_config
from kdstudio.models.model import Model
from kdstudio.models.programs.python_class import load_with_class
from kdstudio.models.source import load
from kdstudio.models.weights import read_weights
from kdstudio.recipe.choices import Said

NOTHING = Said()
CONFIG = ".json"  # what the path of a Hugging Face configuration ends in


def load_said(path: Path, said: Said = NOTHING) -> Model:
    """Open a model file, as it is said to be where anything is said. Raises ModelError with a hint."""
    if said.code:
        return load_with_class(read_weights(path), path, said.code)
    if said.arch.endswith(CONFIG):
        return with_config(path, Path(said.arch).expanduser())
    return open_as(path, read_weights(path), said.arch, said.knobs) if said.arch else load(path)
