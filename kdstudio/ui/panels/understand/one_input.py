"""One input and what each model answers, as the inspector and the Input tab show it."""

from dataclasses import dataclass

import numpy as np

from kdstudio.analysis.butterfly import Butterfly, Order, butterfly
from kdstudio.core.targets import Task
from kdstudio.core.types import softened
from kdstudio.ui.truth import Truth, answer_words, target_words, truth_of
from kdstudio.ui.widgets.butterfly_rows import Answers


@dataclass(frozen=True, slots=True)
class OneInput:
    """One input and the logits (C,) that each model gave for it; None where there is no such model.

    `row` is None for a picture that is no part of the data; `target` is its class, −1 without a label, or the row of
    its targets where there are labels or numbers, None where they are not known.
    """

    words: str
    class_names: tuple[str, ...]
    student: np.ndarray
    teacher: np.ndarray | None = None
    baseline: np.ndarray | None = None
    target: int | np.ndarray | None = -1
    row: int | None = None
    task: Task = "classification"

    def answers(self, temperature: float) -> Answers:
        """Return the softened probabilities alone, as the butterfly draws them."""
        teacher, student, baseline = (
            None if logits is None else softened(logits, self.task, temperature)
            for logits in (self.teacher, self.student, self.baseline)
        )
        is_several = self.task == "multi_label"
        return Answers(self.class_names, teacher, student, baseline, self.truth, is_several)

    @property
    def truth(self) -> Truth:
        """The true class or labels as positions; () where none is known, or where numbers are predicted."""
        return () if self.target is None else truth_of(np.asarray(self.target), self.task)

    @property
    def truth_words(self) -> str:
        """What is true in words; "" where it is not known."""
        return "" if self.target is None else target_words(np.asarray(self.target), self.task, self.class_names)

    def said(self, who: str) -> str | None:
        """Return what a model answers in words, None where there is no such model."""
        logits = getattr(self, who)
        return None if logits is None else answer_words(logits, self.task, self.class_names)

    def butterfly(self, temperature: float, order: Order = "teacher") -> Butterfly:
        """Compare the answers softened at `temperature`; of classes that exclude each other."""
        return butterfly(
            self.teacher,
            self.student,
            self.baseline,
            class_names=self.class_names,
            target=self.target if isinstance(self.target, int) else -1,
            temperature=temperature,
            order=order,
        )
