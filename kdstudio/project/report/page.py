"""Making the page: what stands in it, section by section, and the template that lays it out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from kdstudio.analysis import outcomes, similarity, summary, telling
from kdstudio.analysis.butterfly import butterfly
from kdstudio.analysis.calibration import reliability
from kdstudio.analysis.sentence import plain, sentence
from kdstudio.core.events import Noticed
from kdstudio.core.measures import OWN, TRANSFER, Measure, figures, headline
from kdstudio.core.paths import resource
from kdstudio.core.types import Predictions
from kdstudio.project import facts
from kdstudio.project.report.answers import Answers, Look, answers_of, looks, part_of
from kdstudio.project.report.figures import bars, diagram, lines, matrix
from kdstudio.project.run import Run
from kdstudio.recipe.change import differences

TITLES = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}
MOST_CLASSES = 20  # beyond, a matrix on paper cannot be read
TELLING, SPOTS, OF_A_SPOT = 6, 6, 6
_NOTHING: tuple[Any, ...] = (None, "", "auto", {}, [])  # values that say nothing
_LENS = 4.0  # where no method has a temperature


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a name, what it means, and a value of each model in words."""

    title: str
    meaning: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that teacher and student both surely take for the same wrong class."""

    title: str
    looks: Sequence[Look]


def report(run: Run) -> str:
    """Return the page of a run, finished or not, as HTML in one piece; raises RunError where it has no answers yet."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource("report")), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.jinja").render(_facts(run))


def _facts(run: Run) -> dict[str, Any]:
    answers, told = answers_of(run), run.summary
    lens = float((told or {}).get("transfer", {}).get("temperature") or _LENS)
    part = part_of(run, answers.split)
    return {
        "style": (resource("report") / "style.css").read_text(encoding="utf-8"),
        "name": run.name,
        "kdstudio": version("kdstudio"),
        "state": run.status.state,
        "split": answers.split,
        "epoch": answers.epoch,
        "count": len(answers.student.index),
        "lens": f"{lens:g}",
        "has_pictures": part is not None,
        "models": [TITLES[name] for name in answers.models],
        "result": _result(answers),
        "own": _own(answers, told),
        "transfer": _transfer(answers, lens),
        "curves": _curves(run, answers, lens),
        "doubt": _doubt(answers, lens),
        "outcomes": _outcomes(answers),
        "spots": _spots(answers, part),
        "calibration": _calibration(answers),
        "telling": _telling(answers, part, lens),
        "warnings": [one.problem for one in run.events if isinstance(one, Noticed) and one.problem.severity != "note"],
        "recipe": _recipe(run),
        "recipe_json": _json(run.folder.recipe),
        "provenance": json.loads(_json(run.folder.provenance) or "{}"),
    }


def _result(answers: Answers) -> str:
    """Say in a sentence what came out."""
    best = headline(answers.student.task)
    scores = {name: summary.headline_score(one) for name, one in answers.models.items()}
    told = {name: best.told(score) for name, score in scores.items() if score is not None}
    if "student" not in told:
        return "The inputs have no labels: what is known is how close the student is to its teacher."
    words = f"The student reaches {told['student']} on {len(answers.student.index):,} {answers.split} inputs"
    words += f", its teacher {told['teacher']}" if "teacher" in told else ""
    return f"{words}, the same student without a teacher {told['baseline']}." if "baseline" in told else f"{words}."


def _own(answers: Answers, told: dict[str, Any] | None) -> list[Row]:
    measures = {name: summary.metrics(one) for name, one in answers.models.items()}
    rows = [_row(one, [measures[name].get(one.key) for name in measures]) for one in OWN[answers.student.task]]
    known = [facts.learner(told or {}, name) for name in answers.models]
    notes = sorted({str(one["latency_note"]) for one in known if one.get("latency_note")})
    for key, title, meaning in (
        ("parameters", "Parameters", ""),
        ("bytes", "Bytes of weights", ""),
        ("macs", "Multiply–adds an input", ""),
        ("latency_ms", "Latency, ms", f"Median when the run ended; {' or '.join(notes)}."),
    ):
        values = [one.get(key) for one in known]
        if any(value is not None for value in values):
            rows.append(Row(title, meaning, tuple("–" if value is None else f"{value:,}" for value in values)))
    return rows


def _row(one: Measure, values: Sequence[float | None], lens: str = "") -> Row:
    title, meaning = one.title.replace("{lens}", lens), one.meaning.replace("{lens}", lens)
    return Row(title, meaning, tuple(one.words(value) for value in values))


def _transfer(answers: Answers, lens: float) -> dict[str, Any] | None:
    """Return how close student and baseline are to the teacher, and what of the mistakes is no coincidence."""
    teacher, student, baseline = answers.teacher, answers.student, answers.baseline
    if teacher is None:
        return None
    found = summary.transfer(teacher, student, baseline, lens)
    rows = [_row(one, [found[one.key], found[f"baseline_{one.key}"]], f"{lens:g}") for one in TRANSFER[student.task]]
    return {"rows": rows, "recovered": found["recovered"], "excess": _excess(teacher, student, baseline)}


def _excess(teacher: Predictions, student: Predictions, baseline: Predictions | None) -> str:
    """Say how many of the teacher's mistakes the student shares beyond coincidence, with what is sure of it."""
    if baseline is None or student.task != "classification":
        return ""
    found = outcomes.excess_range(teacher, student, baseline)
    if found is None:
        return ""
    words = f"{100 * abs(found.value):.1f} points {'more' if found.value >= 0 else 'fewer'}"
    interval = f"95 % interval {100 * found.low:+.1f} to {100 * found.high:+.1f}"
    sure = "" if found.low > 0 or found.high < 0 else "; it may be chance"
    return f"Of the teacher’s mistakes the student repeats {words} than without a teacher ({interval}){sure}."


def _curves(run: Run, answers: Answers, lens: float) -> list[dict[str, str]]:
    """Draw what was measured on validation after each epoch."""
    task, seen = answers.student.task, run.curves.metrics
    best = headline(task)
    teacher = (run.summary or {}).get("teacher") or {}
    drawn = []
    for one in (best, *TRANSFER[task][:2]):
        series = {
            learner: (seen[learner, "validation", one.key].epoch, seen[learner, "validation", one.key].value)
            for learner in ("student", "baseline")
            if (learner, "validation", one.key) in seen
        }
        if series:
            level = teacher.get(one.key) if one is best else None
            drawn.append({"title": one.title.replace("{lens}", f"{lens:g}"), "svg": lines(series, one, level)})
    return drawn


def _doubt(answers: Answers, lens: float) -> dict[str, Any] | None:
    """Draw where the doubt goes; None where there is nothing to compare or too many classes for a page."""
    teacher, student = answers.teacher, answers.student
    if teacher is None or student.task != "classification" or not 2 < student.logits.shape[1] <= MOST_CLASSES:
        return None
    classes = similarity.true_classes(student, teacher)
    found = {name: similarity.doubt(one, classes, lens) for name, one in answers.models.items()}
    order = similarity.order(found["teacher"])
    names = [student.class_names[i] for i in order]
    turned = {name: values[np.ix_(order, order)] for name, values in found.items()}
    most = max(_largest(values) for values in turned.values())
    drawn = [(TITLES[name], matrix(values, names, f"doubt of the {name}", most)) for name, values in turned.items()]
    gap = turned["student"] - turned["teacher"]
    drawn.append(("Student − teacher", matrix(gap, names, "difference of doubt", _largest(gap), is_difference=True)))
    return {"drawn": drawn}


def _largest(values: np.ndarray) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(known.max(initial=0.0)) or 1.0


def _outcomes(answers: Answers) -> dict[str, int] | None:
    """Count who is right; None where nobody can know."""
    if answers.teacher is None or not (answers.student.truth >= 0).any():
        return None
    found = outcomes.outcomes(answers.teacher, answers.student)
    names = ("both_right", "lost", "fixed", "inherited", "different")
    return {name: len(getattr(found, name)) for name in names}


def _spots(answers: Answers, part: Any) -> list[Group]:
    if answers.teacher is None:
        return []
    names, groups = answers.student.class_names, []
    for spot in outcomes.blind_spots(answers.teacher, answers.student)[:SPOTS]:
        title = f"{len(spot.positions):,} × {names[spot.true]} taken for {names[spot.said]}"
        groups.append(Group(title, looks(part, answers.student.index[spot.positions[:OF_A_SPOT]])))
    return groups


def _calibration(answers: Answers) -> str:
    if answers.student.task != "classification":
        return ""
    found = {name: reliability(one) for name, one in answers.models.items()}
    known = {name: bins for name, bins in found.items() if bins is not None}
    return diagram(known) if known else ""


def _telling(answers: Answers, part: Any, lens: float) -> list[dict[str, Any]]:
    """Return the inputs that best show what was passed on, each with its bars and what they say."""
    student = answers.student
    if student.task != "classification":
        return []
    positions = telling.most_telling(answers.teacher, student, answers.baseline, lens)[:TELLING]
    shown = looks(part, student.index[positions])
    return [_seen(answers, int(at), look, lens) for at, look in zip(positions, shown, strict=True)]


def _seen(answers: Answers, at: int, look: Look, lens: float) -> dict[str, Any]:
    def logits(one: Predictions | None) -> np.ndarray | None:
        return None if one is None else np.asarray(one.logits[at])

    student = answers.student
    seen = butterfly(
        logits(answers.teacher),
        logits(student),
        logits(answers.baseline),
        class_names=student.class_names,
        target=int(student.targets[at]),
        temperature=lens,
        rows=6,
    )
    truth = student.class_names[seen.target] if seen.target >= 0 else ""
    row = f"row {int(student.index[at]):,}"
    return {"look": look, "truth": truth, "row": row, "svg": bars(seen), "says": plain(sentence(seen))}


def _recipe(run: Run) -> list[tuple[str, str]]:
    """Return what stands in the recipe and is not the default, by path."""
    recipe = run.recipe
    if recipe is None:
        return []
    least = {"data": {"path": ""}, "student": {"path": ""}, "methods": [{"method": ""}]}
    value = recipe.to_value()
    rows = [
        (f"{key}[{i}]", " · ".join(f"{name} {_written(said)}" for name, said in one.items() if said not in _NOTHING))
        for key in ("teachers", "methods")
        for i, one in enumerate(value.pop(key))
    ]
    others = differences(type(recipe).model_validate(least).to_value() | {"history": value["history"]}, value)
    return [*rows, *((path, _written(new)) for path, _, new in others if new not in _NOTHING)]


def _written(value: Any) -> str:
    if isinstance(value, float):
        return figures(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
