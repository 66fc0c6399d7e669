"""JSON objects of others: settings beside weights."""

import json
from pathlib import Path
from typing import Any

from kdstudio.core.errors import ModelError

_LARGEST = 64 * 1024**2
_AGAIN = "Download the folder again."


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises ModelError that names the file where it is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path.name} is too large for what it should be", hint=_AGAIN)
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path.name} is damaged: {error}", hint=_AGAIN) from error
    if not isinstance(value, dict):
        raise ModelError(f"{path.name} is no JSON object", hint=_AGAIN)
    return value
