"""Loader for safetensors: kdstudio's own files, and anyone's."""

import json
from pathlib import Path
from typing import ClassVar

from safetensors import SafetensorError, safe_open

from kdstudio.core.errors import ModelError
from kdstudio.models.assemble import METADATA, Weights, assemble
from kdstudio.models.model import Model
from kdstudio.models.nested import plain_names


class Safetensors:
    """A header of names, shapes and metadata, then the numbers; nothing in it can run."""

    title: ClassVar[str] = "safetensors"

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Look for the header's length followed by the beginning of its JSON."""
        length = int.from_bytes(head[:8], "little")
        begins = head[8:9] == b"{"
        return 1.0 if begins and 2 <= length <= max(path.stat().st_size, 100_000_000) else 0.0

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model; the tensors are in the order of the numbers in the file."""
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.offset_keys()}
        except (SafetensorError, json.JSONDecodeError) as error:
            raise ModelError(
                f"the safetensors file is cut short or damaged ({error})", hint="Download or save it again."
            ) from error
        if not tensors:
            raise ModelError("the safetensors file holds no weights", hint="Save the model again.")
        description = metadata.get(METADATA)
        if description is None:
            tensors = plain_names(tensors)
        return assemble(Weights(tensors, Safetensors.title, description), path)


LOADER = Safetensors
