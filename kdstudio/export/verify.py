"""Does an exported file answer like the student it came from? Asked through the runtime that it is for."""

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch

from kdstudio.analysis.summary import metrics
from kdstudio.core.errors import ExportError
from kdstudio.core.events import Event, Progress
from kdstudio.core.spread import spread
from kdstudio.core.targets import HEADLINE
from kdstudio.core.types import Predictions
from kdstudio.data.dataset import Part
from kdstudio.export.elsewhere import differing
from kdstudio.export.formats import EXACT, Answers, Timed, Tolerance
from kdstudio.export.speed import SHARES
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.base import Feed, Preprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing, following
from kdstudio.models.values import IGNORE
from kdstudio.recipe.report import Differing

LARGEST = 10_000  # test inputs that are looked at; a test set of up to so many is looked at as a whole
PASSAGES = 200  # of running text: some ten thousand places
CHUNK = 500
CHUNK_NUMBERS = 1 << 24  # numbers in a chunk: 64 MB as float32, so that large pictures fit in memory
TORN = 1e-5  # two classes closer than this share of the largest logit are equally good answers
NEAR = 0.05  # share of the largest number by which numbers may differ where the format has no limit for differences
SHOWN = 2000  # per-input differences that a report keeps for the picture, spread over all of them
CALLS = 200  # timed calls for the latency
ALL = CALLS + CALLS // 10  # with those that warm up


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of one file found; see ExportReport for the fields."""

    passed: bool
    largest_difference: float | None  # None where the file answers with values that are no numbers
    limit: float | None  # None where only answers count
    agreement: float
    accuracy: float | None
    differences: tuple[float, ...]  # the smallest first, the largest last
    differing: tuple[Differing, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The student's own answers to real test inputs, and a verdict for each file by its name."""

    student: Predictions
    is_whole: bool  # whether all of the test inputs were asked
    verdicts: dict[str, Verdict]

    @property
    def accuracy(self) -> float | None:
        """The student's share of right answers (F1, R²) before the export; None without labels."""
        return _accuracy(self.student, self.student.logits)


def verify(
    model: Model, files: dict[str, Answers], test: Part, tolerances: Mapping[str, Tolerance] = MappingProxyType({})
) -> Generator[Event, object, Check]:
    """Ask the student and all files about the test inputs as a graph takes them; each input is read once.

    A file may be as far off as `tolerances` says by its name, else not at all but for rounding.
    """
    positions = spread(len(test), PASSAGES if model.per_token else LARGEST)
    chunk = max(1, min(CHUNK, CHUNK_NUMBERS // max(1, int(np.prod(test.inputs.shape)))))
    how = model.preprocessing
    ours: list[np.ndarray] = []
    index: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    theirs: dict[str, list[np.ndarray]] = {name: [] for name in files}
    for start in range(0, len(positions), chunk):
        values = test.read(positions[start : start + chunk])
        fed, at = how.feed(values), positions[start : start + chunk]
        asked = _places(how, fed, test, at) if model.per_token else Asked(test.index[at], test.targets[at])
        with torch.inference_mode():
            given = [torch.from_numpy(fed[graph_input.name]) for graph_input in how.graph_inputs(test.inputs.shape)]
            ours.append(asked.of(model.output.logits(model.module(how.in_graph(*given))).numpy()))
        index.append(asked.index)
        targets.append(asked.targets)
        for name, answers in files.items():
            theirs[name].append(asked.of(answers(fed)))
        yield Progress(done=start + len(values), total=len(positions), doing="Comparing with the student")
    student = Predictions(
        index=np.concatenate(index),
        targets=np.concatenate(targets),
        logits=np.concatenate(ours),
        class_names=model.class_names,
        model="student",
        split="test",
        task=model.task,
    )
    if not np.isfinite(student.logits).all():
        hint = "Its training diverged: train again with a smaller learning rate."
        raise ExportError("The student answers with values that are no numbers.", hint=hint)
    verdicts = {
        name: compare(student, np.concatenate(answers), tolerances.get(name, EXACT)) for name, answers in theirs.items()
    }
    return Check(student, len(positions) == len(test), verdicts)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared of a chunk: index and target of each answer; of a language model the places, (N, L) bool."""

    index: np.ndarray
    targets: np.ndarray
    places: np.ndarray | None = None

    def of(self, logits: np.ndarray) -> np.ndarray:
        """Return one answer a row: as they are (N, C), or those at the places of (N, L, V)."""
        return logits if self.places is None else logits[self.places]


def _places(how: Preprocessing, fed: Feed, test: Part, at: np.ndarray) -> Asked:
    """Return every place of the passages at `at` that has a next token; a language model answers each."""
    assert isinstance(how, TokenPreprocessing)
    tokens = how.in_graph(*(torch.from_numpy(fed[name]) for name in ("input_ids", "attention_mask")))
    after = following(tokens, how.wanted(test.read(at))).numpy()
    places = after != IGNORE
    row, place = places.nonzero()
    return Asked(test.index[at][row] * how.length + place, after[places], places)


def compare(student: Predictions, exported: np.ndarray, tolerance: Tolerance = EXACT) -> Verdict:
    """Judge a file by its logits (N, classes) for the inputs that the student answered."""
    logits = student.logits
    scale = max(1.0, float(np.abs(logits).max()))
    differences = np.abs(logits - exported).max(axis=1)
    is_finite = bool(np.isfinite(exported).all())
    limit = None if tolerance.difference is None else tolerance.difference * scale
    same, as_good = _same(student, exported, scale, limit or NEAR * scale)
    accuracy, before = _accuracy(student, exported), _accuracy(student, student.logits)
    is_close = is_finite and (limit is None or bool(differences.max() <= limit))
    lost = 0.0 if accuracy is None or before is None else before - accuracy
    has_kept = tolerance.loss is None or lost <= tolerance.loss
    passed = is_close and has_kept and float(as_good.mean()) >= tolerance.agreement
    return Verdict(
        passed=passed,
        largest_difference=float(differences.max()) if is_finite else None,
        limit=limit,
        agreement=float(same.mean()),
        accuracy=accuracy,
        differences=_shown(differences) if is_finite else (),
        differing=differing(student, exported, same, failed=not passed),
    )


def _same(student: Predictions, exported: np.ndarray, scale: float, near: float) -> tuple[np.ndarray, np.ndarray]:
    """Return which inputs get the same class, labels or number, and which an answer that is as good, (N,) bool.

    Numbers are the same where they differ by no more than `near`.
    """
    logits = student.logits
    if student.task == "regression":
        alike = np.abs(logits - exported).max(axis=1) <= near
        return alike, alike
    if student.task == "multi_label":
        alike = (logits > 0) == (exported > 0)
        return alike.all(axis=1), (alike | (np.abs(logits) <= TORN * scale)).all(axis=1)
    said = exported.argmax(axis=1)
    behind = logits.max(axis=1) - logits[np.arange(len(logits)), said]
    return student.labels == said, behind <= TORN * scale


def latency(answers: Answers, fed: Feed) -> dict[str, float]:
    """Return the p50, p95 and p99 of one answer to one input on one CPU thread, in milliseconds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        times = answers.times(fed, ALL) if isinstance(answers, Timed) else [_seconds(answers, fed) for _ in range(ALL)]
    finally:
        torch.set_num_threads(threads)
    shares = np.percentile(np.array(times[-CALLS:]) * 1000, SHARES)
    return {f"p{share}": round(float(value), 4) for share, value in zip(SHARES, shares, strict=True)}


def _seconds(answers: Answers, fed: Feed) -> float:
    began = time.perf_counter()
    answers(fed)
    return time.perf_counter() - began


def _shown(differences: np.ndarray) -> tuple[float, ...]:
    shown = np.sort(differences)[spread(len(differences), SHOWN)]
    return tuple(float(f"{value:.3g}") for value in shown)


def _accuracy(asked: Predictions, logits: np.ndarray) -> float | None:
    """Return the headline of the task: the share of right answers, F1 or R²."""
    found = metrics(replace(asked, logits=logits))
    return found[HEADLINE[asked.task]]
