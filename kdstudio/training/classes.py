"""Fitting a teacher's outputs to the classes of the data, as the recipe says or as their names tell."""

from kdstudio.core.errors import Problem
from kdstudio.core.spread import spread
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.dataset import Dataset
from kdstudio.data.splits import Splits
from kdstudio.models.class_map import NONE, ClassMap, by_answers, by_name
from kdstudio.models.model import Model
from kdstudio.models.normalisation import answer
from kdstudio.models.score import proposal
from kdstudio.models.tasks import answering
from kdstudio.recipe.choices import TeacherChoice

_SAMPLE = 300  # labelled inputs that are asked about where only the answers can tell
_GOOD = 0.5  # accuracy that a proposed map has to reach


def mapped(
    teacher: Model, choice: TeacherChoice, dataset: Dataset, splits: Splits
) -> tuple[Model | None, list[Problem]]:
    """Return the teacher answering for the data's classes, and what is to be said of it; None where it does not fit."""
    names = dataset.class_names
    if teacher.per_token or dataset.task in ("regression", NEXT_TOKEN):
        return answering(teacher, dataset.task, len(names)), []
    if teacher.output.kind == "values":  # of two classes
        teacher = answering(teacher, dataset.task, len(names))
    outputs = teacher.spec.classes
    if choice.class_map != "auto":
        return _chosen(answering(teacher, dataset.task, len(names)), choice.class_map, names)
    found = by_name(teacher.class_names, names) if teacher.class_names else None
    if found is not None and not found.is_plain(outputs):
        fitting = answering(teacher, dataset.task, len(names))
        return fitting.with_classes(found.columns, names), [_told(found, names)]
    if outputs == len(names):
        return answering(teacher, dataset.task, outputs), []
    return None, [_unlike(teacher, splits, len(names))]


def _chosen(teacher: Model, columns: tuple[int, ...], names: tuple[str, ...]) -> tuple[Model | None, list[Problem]]:
    outputs, where = teacher.spec.classes, "teachers[0].class_map"
    used = [column for column in columns if column != NONE]
    if len(columns) != len(names):
        message = f"the class map has {len(columns)} entries and the data has {len(names)} classes"
        return None, [Problem(message=message, hint="Give one output for each class of the data.", where=where)]
    if not used or max(used) >= outputs or len(set(used)) < len(used):
        message = f"the class map does not choose {len(names)} different outputs of {outputs}"
        hint = f"Outputs count from 0 to {outputs - 1}, each used at most once; -1 stands for none."
        return None, [Problem(message=message, hint=hint, where=where)]
    if columns == tuple(range(outputs)):
        return teacher, []
    return teacher.with_classes(columns, names), []


def _told(found: ClassMap, names: tuple[str, ...]) -> Problem:
    if not found.lacking:
        return Problem(message=found.reason, where="teachers[0]", severity="note")
    lacking = ", ".join(names[number] for number in found.lacking[:5])
    hint = "The student learns these from the labels alone; give hard labels more weight, or leave the classes out."
    message = f"{found.reason}; the teacher does not know {lacking}"
    return Problem(message=message, hint=hint, where="teachers[0]", severity="warning")


def _unlike(teacher: Model, splits: Splits, classes: int) -> Problem:
    """Say that the numbers differ; where the teacher's answers fit the labels under some map, offer it."""
    message = f"the teacher has {teacher.spec.classes} outputs, the data has {classes} classes"
    hint = "Choose the teacher that was trained for these classes, or the data that it was trained for."
    part = splits.validation
    labelled = part.known.nonzero()[0]
    if len(labelled) and part.targets.ndim == 1:
        rows = labelled[spread(len(labelled), _SAMPLE)]
        logits = answer(teacher.suited(part.inputs), part.read(rows))
        found, accuracy = by_answers(logits, part.targets[rows], classes)
        if accuracy > _GOOD:
            hint = f"One output can stand for each class: {found.reason}. Use this map, or choose another teacher."
            return Problem(message=message, hint=hint, where="teachers[0]", **proposal(found))
    return Problem(message=message, hint=hint, where="teachers[0]")
