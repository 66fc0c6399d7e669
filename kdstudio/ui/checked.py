"""What the engine answered about a draft."""

from dataclasses import dataclass
from typing import Any

from kdstudio.core.errors import Problem
from kdstudio.core.measures import Measure, headline


@dataclass(frozen=True, slots=True)
class Checked:
    """The engine's answer about a draft: problems, what training would take, and facts for the cards."""

    problems: tuple[Problem, ...] = ()
    estimate: dict[str, Any] | None = None
    teacher: dict[str, Any] | None = None  # task, accuracy (its headline measure), accuracy_count, preprocessing
    student: dict[str, Any] | None = None  # an Item's fields
    data: dict[str, Any] | None = None  # counts, labelled
    layers: dict[str, Any] | None = None  # both networks and the pairs of each method, where methods pair layers

    @property
    def measure(self) -> Measure:
        """What the teacher's `accuracy` is: accuracy, F1 or R²."""
        return headline((self.teacher or {}).get("task", "classification"))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid to train."""
        return tuple(problem for problem in self.problems if problem.severity == "error")
