"""A teacher that is a file of recorded answers: joined with the data of a run, and told of before the run begins."""

from dataclasses import dataclass

import numpy as np
import torch

from kdstudio.core.errors import Problem
from kdstudio.core.spread import spread
from kdstudio.core.targets import NEXT_TOKEN, Task
from kdstudio.core.types import Predictions
from kdstudio.data.answers.recording import Recording
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.splits import Splits
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.training.matched import WHERE, match, told

LOOKED_AT = 200  # answers that are matched while a form is filled in


@dataclass(frozen=True, slots=True, eq=False)
class RecordedTeacher:
    """Recorded answers in place of a model, for as long as nobody asks for the answer to one whole input."""

    recording: Recording
    reader: TokenPreprocessing | None = None  # the student's
    accuracy: float | None = None
    count: int = 0
    task: Task = NEXT_TOKEN

    def begins(self, text: str) -> np.ndarray | None:
        """Return what it found likely to begin its answer with, log-probabilities (V,); None where nothing is known."""
        if self.reader is None:
            return None
        found = match(self.recording, self.reader, [text], self.reader.length)
        known = found.row[0][found.row[0] >= 0][:1]
        if not len(known):
            return None
        return found.logits(known, torch.zeros(1, dtype=torch.int64), self.reader.vocabulary)[0].numpy()

    def logits(self, part: Part) -> np.ndarray | None:
        """There is no answer to a text as a whole."""
        del part
        return None

    def predictions(self, part: Part, class_names: tuple[str, ...], split: str) -> Predictions | None:
        """There is no answer to a text as a whole: those to its places need the student's tokens."""
        del part, class_names, split
        return None


def join(
    recording: Recording, dataset: Dataset, splits: Splits, reader: TokenPreprocessing | None
) -> tuple[RecordedTeacher | None, list[Problem]]:
    """Join recorded answers with the data of a run; return None where they do not fit, and what to tell of them."""
    if dataset.task != NEXT_TOKEN:
        hint = "Choose the file of the answers as the data, too."
        message = "the teacher's answers are texts, and this data asks for something else"
        return None, [Problem(message=message, hint=hint, where=WHERE)]
    texts = splits.train.read(np.arange(len(splits.train)))
    missing = sum(not recording.has(text) for text in texts)
    if missing == len(texts):
        hint = "Choose the file of the answers as the data, too."
        message = "none of the training texts is one of the teacher's recorded answers"
        return None, [Problem(message=message, hint=hint, where=WHERE)]
    problems = []
    if missing:
        message = f"{missing:,} of {len(texts):,} training texts are none of the teacher's answers"
        hint = "They are learned as they are, as if it had said them."
        problems.append(Problem(message=message, hint=hint, where=WHERE, severity="warning"))
    if not recording.weighed:
        message = "no alternatives were recorded: the student learns what the teacher said, and not how sure it was"
        hint = "Record them with --top-logprobs where the server tells them."
        problems.append(Problem(message=message, hint=hint, where=WHERE, severity="note"))
    elif reader is not None:
        some = texts[spread(len(texts), LOOKED_AT)]
        problems.append(told(match(recording, reader, some, reader.length)))
    return RecordedTeacher(recording, reader), problems
