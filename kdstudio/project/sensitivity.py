"""How sensitive the layers of a run's best student are, kept in its folder: asking it again takes a while."""

import json
from typing import Any

import numpy as np

from kdstudio.analysis.sensitivity import Sensitivity
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.project.layers import best_digest

_NAMES = ("unit", "task", "layers", "sizes", "tied", "shares", "inputs", "of", "checkpoint")


def write_sensitivity(folder: RunFolder, found: Sensitivity) -> None:
    """Write `analysis/sensitivity-UNIT.json`."""
    write_json(folder.sensitivity(found.unit), to_value(found))


def read_sensitivity(folder: RunFolder, unit: str) -> Sensitivity | None:
    """Return what is kept about the student's best checkpoint as it is now; None where there is nothing of it."""
    checkpoint = best_digest(folder)
    try:
        value = json.loads(folder.sensitivity(unit).read_text(encoding="utf-8"))
        if not checkpoint or value["checkpoint"] != checkpoint:
            return None
        return _found(value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def to_value(found: Sensitivity) -> dict[str, Any]:
    """Return it as a JSON value; what is not known is null."""
    value: dict[str, Any] = {name: getattr(found, name) for name in _NAMES}
    for name in ("scores", "agreements"):
        value[name] = [[_known(one) for one in line] for line in getattr(found, name).tolist()]
    return value | {"whole": _known(found.whole), "whole_agreement": _known(found.whole_agreement)}


def _found(value: dict[str, Any]) -> Sensitivity:
    shape = (len(value["layers"]), len(value["shares"]))
    return Sensitivity(
        unit=value["unit"],
        task=value["task"],
        layers=tuple(value["layers"]),
        sizes=tuple(value["sizes"]),
        tied=tuple(tuple(names) for names in value["tied"]),
        shares=tuple(value["shares"]),
        scores=np.array(value["scores"], dtype=np.float64).reshape(shape),  # null becomes NaN
        agreements=np.array(value["agreements"], dtype=np.float64).reshape(shape),
        whole=float(np.float64(value["whole"])),
        whole_agreement=float(np.float64(value["whole_agreement"])),
        inputs=value["inputs"],
        of=value["of"],
        checkpoint=value["checkpoint"],
    )


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
