"""Programs in zip files that torch reads (TorchScript, exported programs), from the very bytes that are trusted."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ModelError
from kdstudio.models.signature import zip_signature

_DEPRECATED = (
    (r"`torch\.jit\.load` is deprecated", DeprecationWarning),
    (r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning),
)


def sniff(path: Path, head: bytes, mark: str) -> float:
    """Return 1 for a zip file whose members are those of the format called `mark`."""
    return 1.0 if head.startswith(b"PK") and mark in zip_signature(path) else 0.0


def read(content: bytes, reader: Callable[[io.BytesIO], Any], name: str, hint: str) -> Any:
    """Return what torch's `reader` makes of the content; raises ModelError where it does not."""
    try:
        with warnings.catch_warnings():
            for message, kind in _DEPRECATED:
                warnings.filterwarnings("ignore", message, kind)
            return reader(io.BytesIO(content))
    except Exception as error:  # the reader raises whatever a damaged file leads it to
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"the {name} cannot be opened ({reason})", hint=hint) from error
