"""The model card: what the student is, how it was made, how good it is and where it fails. Every number is measured."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.analysis import several
from kdstudio.analysis.calibration import reliability
from kdstudio.analysis.outcomes import blind_spots
from kdstudio.core.events import in_words
from kdstudio.core.measures import OWN, TRANSFER, Measure
from kdstudio.core.targets import Task
from kdstudio.core.types import Predictions
from kdstudio.export.card_files import compared, needed, share
from kdstudio.export.inputs import described
from kdstudio.export.measured import measured, teacher_answers
from kdstudio.export.opening import Student
from kdstudio.export.verify import Check
from kdstudio.methods.catalogue import METHODS, method
from kdstudio.models.inspect import taken_over
from kdstudio.models.sparse import zeros
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.report import ExportReport

ROWS = 5  # classes and blind spots that are listed, the worst ones
UNSURE = 0.02  # mean confidence and accuracy that differ by less count as equal
_ROUNDED = "- Calibration: none; it learned with weights and activations of 8 bits, whose steps are in the ONNX files"
_SPARSE = (
    "in its matrices and kernels are zero; a file is smaller for it only when it is compressed (deflate below), and "
    "ordinary runtimes compute with zeros as with other numbers"
)
_TITLES = {"student": "This student", "baseline": "Same student without a teacher", "teacher": "Teacher"}


def card(student: Student, check: Check, reports: Sequence[ExportReport]) -> str:
    """Return the card as Markdown."""
    model = student.model
    lines = [
        f"# {model.label or model.spec.architecture}",
        "",
        f"A student of {model.parameters:,} parameters, distilled with kdstudio.",
        "",
        *([f"{told[0].upper()}{told[1:]}.", ""] if (told := taken_over(model)) else []),
        *_making(student),
        *_measured(student, check, measured(student, check)),
        *_weak_spots(student, check),
        *compared(reports),
        *needed(reports),
        "## Limits",
        "",
        "Measured on inputs like those it was trained on; on others it may be wrong and sure of it. What the teacher "
        "gets wrong, the student tends to get wrong too.",
        "",
        "## To fill in",
        "",
        "- Licence of the student:",
        "- Licence and origin of the data:",
        "- Licence and origin of the teacher:",
        "- Intended use, and uses that it is not for:",
        "",
    ]
    return "\n".join(lines)


def _making(student: Student) -> list[str]:
    recipe, splits, model = student.recipe, student.splits, student.model
    files = [Path(teacher.path).name for teacher in recipe.teachers if teacher.path]
    born = ((student.summary or {}).get("teacher") or {}).get("name") or "none"
    labelled = int(splits.labelled.sum())
    return [
        f"- Input: {described(student)}; the student's own preprocessing: {model.preprocessing.describe()}",
        f"- Answers: the next of {model.spec.classes:,} tokens, at each place of a text"
        if model.per_token
        else f"- {_ANSWERS[model.task]}: {', '.join(model.class_names)}",
        f"- Teacher: {', '.join(files) or born}",
        *_stages(student),
        f"- Data: {Path(recipe.data.path).name}: {len(splits.train):,} training inputs, {labelled:,} with their label; "
        f"{len(splits.validation):,} for validation, {len(splits.test):,} for the test",
        f"- Left out of training: {', '.join(recipe.data.omit) or 'nothing'}",
        f"- Methods: {', '.join(map(_method, recipe.methods))}",
        f"- Training: {recipe.epochs} epochs, batch {recipe.batch}, {recipe.optimizer.name}, "
        f"learning rate {recipe.optimizer.learning_rate:g} ({recipe.schedule.name}), seed {recipe.seed}",
        *([_ROUNDED] if model.spec.bits is not None else []),
        *([f"- Sparse: {zeros(model.module):.1%} of the weights {_SPARSE}"] if model.spec.sparse else []),
        *_shift(student),
        f"- Checkpoint: {student.checkpoint}{' on validation' if student.checkpoint == 'best' else ''}",
        "",
    ]


def _shift(student: Student) -> list[str]:
    """Say how the biases were shifted, the most first."""
    if not student.shift:
        return []
    rows = sorted(zip(student.shift, student.model.class_names, strict=True), key=lambda row: -abs(row[0]))
    words = ", ".join(f"{name} {value:+.2f}" for value, name in rows[:ROWS])
    return [
        "- Biases: shifted so that it expects each class as often as its teacher on validation inputs, without their "
        f"labels: {words}"
    ]


def _stages(student: Student) -> list[str]:
    """Return who learned in which stage, where there were several."""
    rows = (student.summary or {}).get("stages") or ()
    words = []
    for row in rows:
        near = row["agreement"]  # None for the first generation, which is the first teacher itself
        same = f", same answer as the teacher {share(near)}" if near is not None else ""
        words.append(f"{in_words(row['learner'])} ({row['parameters']:,} parameters, {share(row['accuracy'])}{same})")
    return [f"- Stages, each the teacher of the next: {'; '.join(words)}"] if rows else []


def _method(choice: MethodChoice) -> str:
    knobs = method(choice).model_dump(exclude={"weight"}) if choice.method in METHODS else choice.knobs
    told = "".join(
        f", {key} {value:g}" if isinstance(value, float) else f", {key} {value}" for key, value in knobs.items()
    )
    return f"{choice.method} (weight {choice.weight:g}{told})"


def _measured(student: Student, check: Check, numbers: dict[str, Any]) -> list[str]:
    columns = OWN[student.model.task]
    rows = [
        f"| {numbers[name].get('name') or title} | "
        + " | ".join(_written(one, numbers[name].get(one.key)) for one in columns)
        + " |"
        for name, title in _TITLES.items()
        if numbers.get(name)
    ]
    other = student.checkpoint != "best" and bool(numbers.get("baseline"))
    return [
        f"## Measured on {numbers['student']['count']:,} test inputs",
        "",
        "| | " + " | ".join(one.title for one in columns) + " |",
        "|---" * (1 + len(columns)) + "|",
        *rows,
        "",
        *(["The student without a teacher stands in its best epoch.", ""] if other else []),
        *(_sureness(check.student) if student.model.task == "classification" else []),
        *_passed_on(student.model.task, numbers["transfer"]),
        "",
    ]


def _passed_on(task: Task, transfer: dict[str, Any]) -> list[str]:
    """Return a line for what came over; softness and structure mean little without the window's pictures."""
    wrong = "errors" if task == "classification" else "wrong answers"
    words = {
        "agreement": ("Same answer as the teacher", "without a teacher"),
        "inherited": (f"Inherited mistakes, of the teacher's {wrong}", "by coincidence without a teacher"),
        "correlation": ("Correlation with the teacher's answers", "without a teacher"),
        "difference": ("Root mean square difference from them", "without a teacher"),
    }
    return [
        f"- {words[one.key][0]}: {_written(one, transfer[one.key])} ({words[one.key][1]} "
        f"{_written(one, transfer[f'baseline_{one.key}'])})"
        for one in TRANSFER[task]
        if one.key in words
    ]


def _sureness(student: Predictions) -> list[str]:
    found = reliability(student)
    if found is None:
        return []
    sure = float(np.average(found.confidence, weights=found.count))
    right = float(np.average(found.accuracy, weights=found.count))
    word = "as sure as it is right" if abs(sure - right) < UNSURE else "too sure" if sure > right else "too modest"
    return [f"- Calibration: it is {word}; it claims {share(sure)} on average and is right on {share(right)}"]


def _weak_spots(student: Student, check: Check) -> list[str]:
    if check.student.task == "regression":
        return []
    if check.student.task == "multi_label":
        return [
            "## Where it is weakest",
            "",
            "| Label | Inputs | F1 |",
            "|---|---|---|",
            *_worst_labels(check.student),
            "",
        ]
    classes = _worst_classes(check.student)
    if not classes:
        return []
    table = ["| Class | Inputs | Right | Most often taken for |", "|---|---|---|---|", *classes, ""]
    return ["## Where it is weakest", "", *table, *_blind_spots(student, check)]


def _worst_classes(answers: Predictions) -> list[str]:
    """Return table rows for the classes with the smallest share of right answers."""
    names, said = answers.class_names, answers.labels
    rows = []
    for true in range(len(names)):
        of_class = said[answers.targets == true]
        wrong = of_class[of_class != true]
        if not len(of_class):
            continue
        taken = np.bincount(wrong, minlength=len(names))
        mistake = f"{_cell(names[int(taken.argmax())])} ({int(taken.max()):,})" if len(wrong) else "none"
        share = 1 - len(wrong) / len(of_class)
        rows.append((share, f"| {_cell(names[true])} | {len(of_class):,} | {share:.1%} | {mistake} |"))
    return [row for _, row in sorted(rows, key=lambda row: row[0])[:ROWS]]


def _worst_labels(answers: Predictions) -> list[str]:
    """Return table rows for the labels with the smallest F1."""
    rows = []
    for j, name in enumerate(answers.class_names):
        one = replace(answers, logits=answers.logits[:, j : j + 1], targets=answers.targets[:, j : j + 1])
        score = several.f1(one)
        if score is not None:
            rows.append((score, f"| {_cell(name)} | {int((one.targets == 1).sum()):,} | {score:.3f} |"))
    return [row for _, row in sorted(rows, key=lambda row: row[0])[:ROWS]]


def _blind_spots(student: Student, check: Check) -> list[str]:
    teacher = teacher_answers(student, check)
    if teacher is None:
        return []
    names = student.model.class_names
    spots = blind_spots(teacher, check.student)[:ROWS]
    words = [f"{len(spot.positions)} × {names[spot.true]} taken for {names[spot.said]}" for spot in spots]
    return [f"Mistakes that teacher and student both make, and are sure of: {'; '.join(words) or 'none'}.", ""]


def _cell(text: str) -> str:
    """Return a class name as it may stand in a table of Markdown."""
    return " ".join(text.split()).replace("|", "\\|")


def _written(one: Measure, value: float | None) -> str:
    return "not measured" if value is None else one.words(value)


_ANSWERS: dict[Task, str] = {
    "classification": "Classes",
    "multi_label": "Labels, several at once",
    "regression": "Numbers",
}
