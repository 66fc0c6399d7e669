"""What a result depends on, kept beside it."""

import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kdstudio import __version__
from kdstudio.core.digest import digest_file, digest_path, digest_value
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.opened import Ready


def provenance(recipe: Recipe, ready: Ready) -> dict[str, Any]:
    """Return what a result depends on: versions, digests, machine."""
    return {
        "kdstudio": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": recipe.device,
        "threads": recipe.threads,
        "teachers": [{"path": one.path, "sha256": digest_path(Path(one.path))} for one in recipe.teachers if one.path],
        "data": {"path": recipe.data.path, "digest": ready.dataset.digest()},
        "code": _code(),
    }


@cache
def _code() -> str:
    """Return the digest of the code that runs; what changes of it later is not what this process has imported."""
    return digest_value([digest_file(file) for file in sorted(Path(__file__).parents[1].rglob("*.py"))])
