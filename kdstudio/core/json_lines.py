"""One JSON object a line, as the pipe between window and engine carries them."""

import json
from typing import Any


def line(value: dict[str, Any]) -> bytes:
    """Return `value` as one line of UTF-8 JSON with its newline."""
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
