"""The weights in a file or folder by name, whatever network they belong to."""

from pathlib import Path

from torch import Tensor

from kdstudio.core.errors import ModelError
from kdstudio.models.loaders import folders, safetensors, state_dict
from kdstudio.models.nested import plain_names
from kdstudio.models.signature import HEAD, signature


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors by name, without the prefixes of wrappers. Raises ModelError, or Untrusted."""
    if path.is_dir():
        return plain_names(folders.read_weights(path))
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise ModelError(
            f"the file cannot be read: {error.strerror}", hint="Check its path.", where=str(path)
        ) from error
    if safetensors.LOADER.sniff(path, head) > 0:
        return plain_names(folders.read_safetensors(path))
    if state_dict.LOADER.sniff(path, head) > 0:
        return state_dict.read_tensors(path)
    hint = "Choose a state dict (.pt, .pth) or safetensors."
    raise ModelError(f"this is {signature(path, head)}, not a file of weights", hint=hint, where=str(path))
