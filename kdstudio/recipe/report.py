"""What an export gave, as a value that is shown and stored beside the file."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from kdstudio.core.errors import Problem
from kdstudio.core.targets import Task

FAILED = "failed"  # the folder in an export of what failed its check


class Speed(BaseModel):
    """How long a file takes for a batch of so many inputs on so many CPU threads, in milliseconds."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    threads: int
    batch: int
    p50: float
    p95: float
    p99: float


class Differing(BaseModel):
    """An input, by its row in the data, that a file answers otherwise than the student.

    `difference` is the largest logit difference; None where the file's answer is no number.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    row: int
    before: str
    after: str
    difference: float | None = None


class Needs(BaseModel):
    """What a graph needs where it runs.

    `opsets` are the versions of the operator sets by domain, `operators` all operators as `domain:name`, `lacking`
    those that an accelerator of phones, by its name, leaves to the processor.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    opsets: dict[str, int]
    operators: tuple[str, ...]
    lacking: dict[str, tuple[str, ...]] = {}


class ExportReport(BaseModel):
    """One exported file: where, how large, and whether it answers like the student it came from.

    `largest_difference` is the largest |logit difference| over `inputs` real inputs, `agreement` the share with the
    same top class, the same labels or a number that is as close, `accuracy` the score by which models of the `task` are
    compared, `latency_ms` the p50, p95 and p99 for one input on one CPU thread (of the teacher the median that the
    run's report has). `compressed` are the bytes that the file of a sparse student takes when compressed. `speeds`,
    `needs` and `memory`, the bytes that answering one input takes, are those of graphs. `zipped` is where all of an
    export lies in one file. A number that cannot be had is None.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    path: str
    format: str
    bytes: int
    compressed: int | None = None
    passed: bool
    task: Task = "classification"
    largest_difference: float | None = None
    limit: float | None = None
    agreement: float | None = None
    accuracy: float | None = None
    accuracy_before: float | None = None
    inputs: int = 0
    latency_ms: dict[str, float] | None = None
    speeds: tuple[Speed, ...] = ()
    memory: int | None = None
    needs: Needs | None = None
    teacher_bytes: int | None = None
    teacher_latency_ms: float | None = None
    differences: tuple[float, ...] = ()
    differing: tuple[Differing, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    zipped: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of the export: a file that failed its check lies one level deeper."""
        place = Path(self.path).parent
        return place.parent if place.name == FAILED else place
