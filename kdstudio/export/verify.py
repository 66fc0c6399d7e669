"""Does the exported file answer like the student it came from? Asked through the runtime that it is for."""

import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

from kdstudio.core.events import Event, Progress
from kdstudio.export.formats import Answers
from kdstudio.models.model import Model
from kdstudio.models.preprocessing import as_tensor

CHUNK = 500
LIMIT = 1e-3
"""Largest allowed logit difference as a share of the largest logit (at least 1). Single precision with sums in another
order differs by about 1e-6 of it; a wrong mean, channel order or resize by more than 1e-2."""
SHOWN = 2000  # per-input differences that a report keeps for the picture
CALLS = 200  # timed calls for the latency, after a tenth as many to warm up


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found; see ExportReport for the fields."""

    largest_difference: float
    limit: float
    agreement: float
    accuracy: float | None
    accuracy_before: float | None
    inputs: int
    latency_ms: dict[str, float]
    differences: tuple[float, ...]

    @property
    def passed(self) -> bool:
        """Whether the file may be trusted: close logits, and the same top class wherever the student is not torn."""
        return self.largest_difference <= self.limit and self.agreement >= 0.999


def verify(
    model: Model, answers: Answers, images: np.ndarray, targets: np.ndarray, name: str
) -> Generator[Event, object, Verdict]:
    """Compare a file with the student on raw pictures (N, C, H, W) uint8 with their labels (N,), -1 = none."""
    model.module.eval()
    ours, theirs = [], []
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        with torch.inference_mode():
            ours.append(model.logits(as_tensor(chunk)).numpy())
        theirs.append(answers(chunk))
        yield Progress(done=min(start + CHUNK, len(images)), total=len(images), doing=f"Checking {name}")
    student, exported = np.concatenate(ours), np.concatenate(theirs)
    differences = np.abs(student - exported).max(axis=1)
    known = targets >= 0
    return Verdict(
        largest_difference=float(differences.max()),
        limit=LIMIT * max(1.0, float(np.abs(student).max())),
        agreement=float((student.argmax(1) == exported.argmax(1)).mean()),
        accuracy=_accuracy(exported, targets, known),
        accuracy_before=_accuracy(student, targets, known),
        inputs=len(images),
        latency_ms=latency(answers, images[:1]),
        differences=tuple(float(f"{value:.3g}") for value in differences[:SHOWN]),
    )


def latency(answers: Answers, image: np.ndarray) -> dict[str, float]:
    """Return the p50 and p95 of one answer to one picture (1, C, H, W), in milliseconds."""
    times = []
    for call in range(CALLS + CALLS // 10):
        began = time.perf_counter()
        answers(image)
        if call >= CALLS // 10:
            times.append((time.perf_counter() - began) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50": round(float(p50), 4), "p95": round(float(p95), 4)}


def _accuracy(logits: np.ndarray, targets: np.ndarray, known: np.ndarray) -> float | None:
    return float((logits.argmax(1) == targets)[known].mean()) if known.any() else None
