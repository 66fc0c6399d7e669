"""The numbers of a model card: the run's own report, or the same numbers for a checkpoint that it is not about."""

from dataclasses import replace
from typing import Any

import numpy as np

from kdstudio.analysis.alignment import align
from kdstudio.analysis.summary import Size, learner, transfer
from kdstudio.core.types import Predictions
from kdstudio.export.opening import Student
from kdstudio.export.verify import Check

TEMPERATURE = 4.0  # where the recipe names none (contract: `transfer.temperature`)


def measured(student: Student, check: Check) -> dict[str, Any]:
    """Return `teacher`, `student`, `baseline` and `transfer` as in summary.json; None for what was not measured.

    The report is about the best checkpoint of a run that came to its end. For any other the student's numbers are those
    of its answers in the check of the export.
    """
    summary = student.summary or {}
    if student.checkpoint == "best" and summary.get("student") and not student.shift:
        return summary
    own = learner(check.student, Size(student.model.parameters, student.model.bytes))
    teacher = teacher_answers(student, check)
    temperature = (summary.get("transfer") or {}).get("temperature") or TEMPERATURE
    told = transfer(teacher and align(teacher, check.student)[0], check.student, None, temperature)
    return {"teacher": summary.get("teacher"), "baseline": summary.get("baseline"), "student": own, "transfer": told}


def teacher_answers(student: Student, check: Check) -> Predictions | None:
    """Return what the teacher answered to the same test inputs for the run's report, None where not stored."""
    place = student.folder.split("teacher", "test")
    try:
        index, targets = np.load(place / "index.npy"), np.load(place / "targets.npy")
        logits = np.load(student.folder.logits("teacher", "test", "last"))
        teacher = replace(check.student, index=index, targets=targets, logits=logits, model="teacher")
        (own, _) = align(teacher, check.student)
    except (OSError, ValueError):
        return None
    return own if len(own.index) == len(check.student.index) else None
