"""The trials of a sweep as a table, the best first."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kdstudio.analysis.validated import LENS
from kdstudio.cli.tables import Draw
from kdstudio.core.measures import TRANSFER, headline, task_of
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


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
