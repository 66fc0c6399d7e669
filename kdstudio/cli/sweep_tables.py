"""The trials of a sweep as a table, the best first, and the rungs of a ladder, the largest first."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kdstudio.analysis.validated import LENS
from kdstudio.cli.tables import Draw
from kdstudio.core.measures import TRANSFER, headline, score, task_of
from kdstudio.project.sweep import Outcome
from kdstudio.recipe.sweep import Plan, short


def table(plan: Plan, found: Sequence[Outcome]) -> Draw:
    """Draw what was varied in each trial and what came of it, the best on validation first and bold."""
    titles = short(list(plan.over))
    first = next((one for one in found if one.metrics), None)
    task = task_of(first.metrics if first else None)
    measures = [headline(task), *TRANSFER[task][:2]]
    seen = [one for one in measures if any(row.metrics.get(one.key) is not None for row in found)]

    heads = [*titles.values(), *([one.short for one in seen] or ["State"]), "Parameters", "Seconds"]

    def draw(console: Console) -> None:
        drawn = Table(*heads, box=None, header_style="bold")
        for row in found:
            values = [escape(str(row.trial.values.get(path, ""))) for path in titles]
            scores = [one.words(row.metrics.get(one.key)) for one in seen] if row.metrics else [row.state]
            scores += [""] * (len(seen) - len(scores))
            numbers = [_number(row.row["parameters"], ",d"), _number(row.row["seconds"], ",.1f")]
            drawn.add_row(*values, *scores, *numbers, style="bold" if row is first else "")
        console.print(drawn)
        if first is not None:
            lens = f" (KL at T {LENS:g})" if any(one.key == "kl" for one in seen) else ""
            test = headline(task).told(first.summary["student"].get(headline(task).key))
            console.print(f"Measured on validation{lens}, by which the trials are ranked.")
            console.print(f"The best one, measured on test: {test} ({first.folder})", markup=False, soft_wrap=True)

    return draw


def ladder_rows(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the rungs as JSON objects, the largest first.

    `test` has the scores of teacher, student and baseline on test, by the task's headline measure; `retained` is the
    student's share of the teacher's.
    """
    rows = []
    for one in sorted(found, key=lambda one: float(one.trial.facts.get("ratio", 0))):
        test = {name: score(one.summary.get(name)) for name in ("teacher", "student", "baseline")}
        student, teacher = test["student"], test["teacher"]
        retained = student / teacher if student is not None and teacher is not None and teacher > 0 else None
        rows.append({**one.row, "test": test, "retained": retained})
    return rows


def ladder_table(found: Sequence[Outcome]) -> Draw:
    """Draw the teacher and below it each rung: its size, its score with the teacher and without, what it retains."""
    rows = ladder_rows(found)
    summary = next((one.summary for one in found if one.summary), {})
    measure = headline(task_of(summary.get("student")))

    def draw(console: Console) -> None:
        heads = ("Ratio", "Reached", "Parameters", "Bytes", measure.short, "Without teacher", "Retained")
        drawn = Table(*heads, box=None, header_style="bold")
        if teacher := summary.get("teacher"):
            size = (_number(teacher.get("parameters"), ",d"), _number(teacher.get("bytes"), ",d"))
            drawn.add_row("1", "teacher", *size, measure.words(score(teacher)))
        for row in rows:
            size = (_number(row["parameters"] or row["planned_parameters"], ",d"), _number(row["bytes"], ",d"))
            scores = [measure.words(row["test"][name]) for name in ("student", "baseline")]
            if row["state"] != "finished":
                scores = [row["state"], ""]
            drawn.add_row(f"{row['ratio']:g}", f"{row['reached']:.3g}", *size, *scores, _number(row["retained"], ".1%"))
        console.print(drawn)
        if summary:
            console.print("Measured on test, which chose nothing.")

    return draw


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
