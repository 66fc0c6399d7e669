"""Opening a model file, whatever it is called: the loader that knows its content best reads it."""

from pathlib import Path
from typing import ClassVar, Protocol

from kdstudio.core.errors import ModelError
from kdstudio.core.registry import Registry
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


LOADERS: Registry[type[Loader]] = Registry("kdstudio.models.loaders", "LOADER")


def load(path: Path) -> Model:
    """Open a model file. Raises ModelError with a hint for whatever cannot be opened.

    torch's default generator is not touched, so this may be called while another model trains.
    """
    path = Path(path)
    try:
        head = _head(path)
        loader = max(LOADERS.items(), key=lambda item: item[1].sniff(path, head))[1]
        if loader.sniff(path, head) <= 0:
            what = signature(path, head)
            raise ModelError(f"this is {what}, not a file of weights", hint=_HINT)
        return loader.load(path)
    except ModelError as error:
        error.where = error.where or str(path)
        raise
    except OSError as error:
        raise ModelError(f"the file cannot be read: {error}", hint="Check that it is still there.") from error


_HINT = (
    "Open a state dict saved with torch.save(model.state_dict(), …), alone or inside a checkpoint, or a safetensors "
    "file; the extension does not matter."
)


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise ModelError("this is a folder, not a model file", hint=f"{_HINT} Choose the file inside the folder.")
    if not path.exists():
        raise ModelError("there is no such file", hint="Check the path.")
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head:
        raise ModelError("the file is empty", hint="Download or save it again.")
    return head
