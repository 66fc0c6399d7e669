"""What was found about the layers of a run's models, kept in its folder: asking them again takes a while."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.analysis.layers import LayersCompared
from kdstudio.core.files import DIGEST, write_bytes
from kdstudio.core.layout import RunFolder

_TOLD = ("layers", "class_names", "inputs", "of", "checkpoint")


def write_layers(folder: RunFolder, found: LayersCompared) -> None:
    """Write `analysis/layers.npz`: a matrix `cka/WHO` or `classes/WHO` each, the rest as JSON text in `told`."""
    told = {name: getattr(found, name) for name in _TOLD}
    arrays: dict[str, Any] = {f"cka/{who}": matrix for who, matrix in found.cka.items()}
    arrays |= {f"classes/{who}": matrix for who, matrix in found.classes.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, told=np.array(json.dumps(told)), **arrays)
    write_bytes(folder.layers, buffer.getvalue())


def read_layers(folder: RunFolder) -> LayersCompared | None:
    """Return what is kept about the student's best checkpoint as it is now; None where there is nothing of it."""
    checkpoint = best_digest(folder)
    try:
        with open(folder.layers, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            told = json.loads(str(file["told"]))
            if not checkpoint or told["checkpoint"] != checkpoint:
                return None
            cka, classes = _of(file, "cka"), _of(file, "classes")
        layers = {who: tuple(names) for who, names in told["layers"].items()}
        return LayersCompared(
            layers, cka, classes, tuple(told["class_names"]), told["inputs"], told["of"], told["checkpoint"]
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def best_digest(folder: RunFolder) -> str:
    """Return what changes when the student's best checkpoint does; "" where there is none."""
    try:
        return Path(folder.checkpoint("best") / DIGEST).read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _of(file: "np.lib.npyio.NpzFile", what: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(f"{what}/"): file[name] for name in file.files if name.startswith(f"{what}/")}
