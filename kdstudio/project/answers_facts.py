"""One line about a file of answers from elsewhere, beside the runs."""

from pathlib import Path

import numpy as np

from kdstudio.analysis.summary import closeness, metrics
from kdstudio.analysis.validated import LENS
from kdstudio.data.answers.answers import read as read_file
from kdstudio.project.contenders import Contender, NotComparable, contenders, from_file
from kdstudio.project.facts import Facts


def read(path: Path, reference: Path | None, temperature: float = LENS) -> Facts:
    """Return what is to be said of the answers in a file; labels and teacher are those of `reference`, where it fits.

    Raises DataError for a file that holds no answers. Answers to other inputs stand by themselves.
    """
    try:
        found = [] if reference is None else contenders([reference, path])
    except NotComparable:
        found = []
    mine: Contender = found[-1] if found else from_file(read_file(path))
    teacher = next((one for one in found if one.learner == "teacher"), None)
    near = {} if teacher is None else closeness(teacher.answers, mine.answers, temperature)
    own = metrics(mine.answers) | {"count": int(np.size(mine.answers.index))}
    return Facts(
        path, "answers", "answers in a file", task=mine.answers.task, own=own, transfer=near,
        teacher={} if teacher is None else metrics(teacher.answers), split=mine.answers.split, state="finished",
        started=path.stat().st_mtime,
    )  # fmt: skip
