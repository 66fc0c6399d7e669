"""Where a run can train on this computer, as choices: which device, and how many of them together."""

from typing import Any

Choices = list[tuple[Any, str]]
_LISTED = 8  # beyond which only powers of two are offered, and all of them


def places(machine: dict[str, Any]) -> Choices:
    """Return the values of a recipe's `device` that this computer has, in words."""
    found: Choices = [("auto", "Automatic")]
    for device in machine.get("devices", []):
        key = {"cpu": "cpu", "mps": "mps"}.get(device["kind"], str(device["name"]).split()[0])
        found.append((key, device["name"]))
    return found


def together(machine: dict[str, Any], wish: str) -> Choices:
    """Return how many of the wished device can train together, in words; nothing where it is one alone."""
    kind = str(machine.get("device", "cpu")).partition(":")[0] if wish == "auto" else wish
    most = int(machine.get("together", {}).get(kind, 1))
    if most < 2:
        return []
    one, more = ("One GPU", "GPUs") if kind == "cuda" else ("One process", "processes")
    counts = [count for count in range(2, most + 1) if count <= _LISTED or count == most or count.bit_count() == 1]
    return [(1, one), *((count, f"{count} {more}") for count in counts)]
