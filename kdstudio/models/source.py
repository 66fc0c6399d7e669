"""Opening a model file, whatever it is called: the loader that knows its content best reads it."""

from pathlib import Path
from typing import ClassVar, Protocol

from kdstudio.core.errors import ModelError
from kdstudio.core.registry import Registry
from kdstudio.data.magic import llama2c_parameters
from kdstudio.models.model import Model
from kdstudio.models.signature import HEAD, signature


class Loader(Protocol):
    """One file format. `sniff` gives a confidence 0..1 from the first bytes; `load` never runs code from the file."""

    title: ClassVar[str]

    @staticmethod
    def sniff(path: Path, head: bytes) -> float:
        """Return how sure it is that the file is of this format."""

    @staticmethod
    def load(path: Path) -> Model:
        """Read the model, or raise ModelError."""


FOLDERS = "huggingface"  # the one format that is a folder
LOADERS: Registry[type[Loader]] = Registry("kdstudio.models.loaders", "LOADER")


def load(path: Path) -> Model:
    """Open a model file. Raises ModelError with a hint for whatever cannot be opened.

    torch's default generator is not touched, so this may be called while another model trains.
    """
    path = Path(path)
    try:
        head = _head(path)
        known = {name: sniff for name, sniff in LOADERS.items() if path.is_file() or name == FOLDERS}
        loader = max(known.values(), key=lambda one: one.sniff(path, head))
        if loader.sniff(path, head) <= 0:
            if path.is_dir():
                raise ModelError("this is a folder without a model", hint=f"{_HINT} Choose the file inside the folder.")
            if (parameters := llama2c_parameters(head, path.stat().st_size)) is not None:
                raise _llama2c(path, parameters)
            what = signature(path, head)
            raise ModelError(f"this is {what}, not a file of weights", hint=_HINT)
        return loader.load(path)
    except ModelError as error:
        error.where = error.where or str(path)
        raise
    except OSError as error:
        raise ModelError(f"the file cannot be read: {error}", hint="Check that it is still there.") from error


def _llama2c(path: Path, parameters: int) -> ModelError:
    """Name the format, and the Hugging Face folder of the same model where one lies beside it."""
    beside = [config.parent.name for config in sorted(path.parent.glob("*/config.json"))]
    hint = f"Open the folder “{beside[0]}” beside it." if beside else "Convert it to a Hugging Face folder."
    message = f"this is a llama2.c checkpoint, a causal language model of {parameters:,} parameters"
    return ModelError(message, hint=hint)


_HINT = (
    "Open a state dict saved with torch.save(model.state_dict(), …), alone or inside a checkpoint, a safetensors file, "
    "an ONNX model, a TorchScript file or an exported program; the extension does not matter."
)


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    if not path.exists():
        raise ModelError("there is no such file", hint="Check the path.")
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head:
        raise ModelError("the file is empty", hint="Download or save it again.")
    return head
