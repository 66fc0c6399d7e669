"""Published and measured figures side by side: a table for the terminal, rows for JSON, a page of Markdown."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kdstudio import __version__
from kdstudio.cli.tables import Draw
from kdstudio.core.layout import RunFolder
from kdstudio.project.reproduced import Measured
from kdstudio.project.run import Run, is_run
from kdstudio.recipe.recipe import read_json
from kdstudio.recipe.study import Budget, Kind, Study, folder_of

_FORMS: dict[Kind, str] = {"errors": ",.0f", "error_rate": ".1%", "accuracy": ".1%", "gap_closed": ".0%"}


def rows(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return every figure as a JSON object."""
    return [
        {
            "study": one.study.name,
            "says": one.figure.says,
            "kind": one.figure.kind,
            "published": one.figure.published,
            "measured": one.mean,
            "spread": one.spread,
            "difference": one.difference,
            "seeds": len(one.values),
            "inputs": one.count,
        }
        for one in found
    ]


def table(found: Sequence[Measured]) -> Draw:
    """Draw the figures, those that were not reached yet first."""

    def draw(console: Console) -> None:
        drawn = Table("Figure", "Published", "Measured", "Difference", box=None, header_style="bold")
        for one in sorted(found, key=lambda one: one.mean is not None):
            drawn.add_row(escape(one.figure.says), *_cells(one), style="" if one.mean is not None else "dim")
        console.print(drawn)

    return draw


def page(wanted: Sequence[Study], budget: Budget, found: Sequence[Measured], runs: Path) -> str:
    """Return the report of a budget: each study's figures, how it differs from the paper, and what ran."""
    made = f"Written by `kdstudio reproduce --budget {budget} --report` from the folders of runs."
    lines = ["# Papers, reproduced", "", made, ""]
    missing = [one for one in found if one.mean is None]
    if missing:
        lines += ["## Not reached", "", *(f"- {one.study.title}: {one.figure.says}" for one in missing), ""]
    for study in wanted:
        own = [one for one in found if one.study.name == study.name]
        lines += [
            f"## {study.title}",
            "",
            study.paper,
            "",
            "| | Published | Measured | Difference |",
            "|---|---|---|---|",
            *(f"| {one.figure.says} | {' | '.join(_cells(one))} |" for one in own),
            "",
            *(f"- {words}" for words in study.differs),
            *_ran(study, budget, runs),
            "",
        ]
    return "\n".join(lines)


def _cells(one: Measured) -> tuple[str, str, str]:
    form = _FORMS[one.figure.kind]
    published = "" if one.figure.published is None else format(one.figure.published, form)
    if one.mean is None:
        return published, "not run", ""
    spread = "" if one.spread is None else f" ± {one.spread:{form}}"
    difference = "" if one.difference is None else f"{one.difference:+{form}}"
    return published, f"{one.mean:{form}}{spread}", difference


def _ran(study: Study, budget: Budget, runs: Path) -> list[str]:
    """Say of the runs that are finished where and when they ran, how long, and with what."""
    seconds, epochs, days, places = 0.0, {}, set(), set()
    for seed in range(study.budgets[budget].seeds):
        for trial in study.runs:
            folder = runs / folder_of(study, trial.name, budget, seed)
            run = Run(folder) if is_run(folder) else None
            if run is None or run.summary is None:
                continue
            seconds += float(run.summary.get("timing", {}).get("seconds") or 0)
            epochs[trial.name] = study.budgets[budget].epochs[trial.name]
            days.add(_day(run.started))
            places.add(_place(folder))
    if not epochs:
        return []
    told = ", ".join(f"{name} {count}" for name, count in epochs.items())
    when, where = " and ".join(sorted(days)), "; ".join(sorted(places))
    seeds = study.budgets[budget].seeds
    return [
        f"- Ran {when} in {seconds / 60:,.0f} minutes of training on {where}; kdstudio {__version__}, {seeds} seed(s). "
        f"Epochs: {told}."
    ]


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _place(folder: Path) -> str:
    told = read_json(RunFolder(folder).provenance)
    threads = f" ({told.get('threads')} threads)" if told.get("device") == "cpu" else ""
    return f"{told.get('device')}{threads}, {told.get('processor')}, torch {told.get('torch')}"
