"""`kdstudio reproduce`: what papers published, trained again here, and held beside it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from kdstudio.cli import reproduced
from kdstudio.cli.commands import Debug, Json, app
from kdstudio.core.errors import InvalidRecipe, Problem
from kdstudio.core.files import write_bytes
from kdstudio.core.paths import data_folder
from kdstudio.project.reproduced import measured
from kdstudio.recipe.study import Budget, Study, studies

DATA = "KDSTUDIO_TEST_DATA"


@app.command()
def reproduce(  # noqa: PLR0913, PLR0917  each is a flag
    only: Annotated[list[str] | None, typer.Argument(help="Names of studies; without any all of them.")] = None,
    budget: Annotated[
        str, typer.Option("--budget", help="quick: an hour on two cores, one seed; full: with the papers' patience.")
    ] = "quick",
    data: Annotated[Path | None, typer.Option("--data", help=f"The folder with data sets; ${DATA} where set.")] = None,
    runs: Annotated[Path | None, typer.Option("--run", help="The folder for all runs.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write what the runs gave as Markdown.")] = None,
    no_training: Annotated[bool, typer.Option("--no-training", help="Only tell what runs there are.")] = False,
    own: Annotated[Path | None, typer.Option("--from", help="A folder with studies of your own.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Train the recipes of papers again, and hold what comes of it beside what was published.

    Ctrl+C saves; the same command goes on, and repeats nothing that is finished. The report is written from the run
    folders alone.
    """
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug) as answer:
        wanted, allowed = _wanted(only or (), own), _budget(budget)
        folder = runs or data_folder() / "papers"
        if not no_training:
            _train(wanted, allowed, data or Path(os.environ.get(DATA, ".")), folder)
        found = [one for study in wanted for one in measured(study, allowed, folder)]
        if report is not None:
            write_bytes(report, reproduced.page(wanted, allowed, found, folder).encode())
        value: dict[str, Any] = {"budget": allowed, "folder": str(folder.absolute()), "figures": reproduced.rows(found)}
        answer(value, reproduced.table(found))


def _wanted(names: Sequence[str], own: Path | None) -> list[Study]:
    known = {study.name: study for study in studies(own)}
    if not known:
        raise InvalidRecipe([Problem(message="there are no studies here", where=str(own))])
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = f"There are: {', '.join(known)}."
        raise InvalidRecipe([Problem(message="there is no such study", where=name, hint=hint) for name in unknown])
    return [known[name] for name in names] if names else list(known.values())


def _budget(name: str) -> Budget:
    if name not in ("quick", "full"):
        raise InvalidRecipe([Problem(message="is neither quick nor full", where=f"--budget {name}")])
    return cast(Budget, name)


def _train(wanted: Sequence[Study], budget: Budget, data: Path, folder: Path) -> None:
    from kdstudio.cli.session import err, steps
    from kdstudio.project.store import recorded_here
    from kdstudio.training.control import Control
    from kdstudio.training.reproduce import reproduce as training

    err().print(f"Folder of the runs: {folder}", markup=False, soft_wrap=True)
    control = Control()
    events = training(wanted, budget, data, folder, control, recorded_here)
    steps(events, control, part="Run", onward=f"kdstudio reproduce --budget {budget}")
