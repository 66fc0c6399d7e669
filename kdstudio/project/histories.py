"""A student's measures epoch by epoch, read from a run's history without the lines in between."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdstudio.core import events
from kdstudio.core.events import Evaluated
from kdstudio.core.layout import RunFolder
from kdstudio.project.curves import Curve, curves

_WANTED = (b'"evaluated"', b'"resumed"', b'"started"')


@dataclass(frozen=True, slots=True)
class History:
    """One learner's validation measures by name; `began` in seconds since 1970."""

    began: float
    metrics: dict[str, Curve]

    def minutes(self, name: str) -> np.ndarray:
        """Return (n,) minutes since the run began, pauses included."""
        return (self.metrics[name].time - self.began) / 60


def history(run: Path, learner: str = "student") -> History:
    """Return how a learner's measures went on validation inputs; empty where nothing was measured yet."""
    try:
        with open(RunFolder(run).events, "rb") as file:
            lines = [line for line in file if any(word in line[:200] for word in _WANTED)]
    except OSError:
        return History(0.0, {})
    read = events.read(line.decode(errors="replace") for line in lines)
    began = read[0].time if read else 0.0
    own = [event for event in read if isinstance(event, Evaluated) and event.learner == learner]
    found = {name: curve for (_, split, name), curve in curves(own).metrics.items() if split == "validation"}
    return History(began, found)
