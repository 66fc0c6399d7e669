"""`kdstudio prune`: a finished student with fewer channels, trained on by the same teacher."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kdstudio.cli import tables
from kdstudio.cli.commands import Debug, Json, Trusted, app
from kdstudio.core.errors import RunError
from kdstudio.core.layout import RunFolder
from kdstudio.core.paths import new_run_folder
from kdstudio.recipe.change import assign
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.group import ALONE


@app.command()
def prune(
    run: Annotated[Path, typer.Argument(help="The run folder of a finished student.")],
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=0.99, help="Share of its channels or hidden units to take out.")
    ] = 0.5,
    to: Annotated[Path | None, typer.Option("--run", help="The new run's folder; ./runs/<time>-pruned.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Change a value: KEY.PATH=VALUE.")] = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Take the weakest channels out of a finished student, and let the same teacher train it on.

    The new run has its own predictions, so that compare shows what pruning cost; its baseline is the same pruned
    student without the teacher. Prune in steps by pruning what came of it again: kdstudio prune NEW-RUN.
    """
    from kdstudio.cli.session import err, session, stepped
    from kdstudio.training.run import train

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        recipe = recipe_of(run, share)
        for one in change or []:
            recipe = assign(recipe, one)
        folder = to or new_run_folder(Path("runs"), "pruned")
        err().print(f"Run folder: {folder}", markup=False, soft_wrap=True)
        summary = stepped(folder, train(parse(recipe), folder), ALONE)
        if summary is not None:
            answer(summary, tables.summary(summary))


def recipe_of(run: Path, share: float) -> dict[str, Any]:
    """Return the recipe of a run with its best student, pruned, as the one that learns; raises RunError without one."""
    folder = RunFolder(run)
    if not folder.recipe.exists():
        raise RunError(f"{run} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper.")
    if not folder.best_student.exists():
        raise RunError(f"{run} has no best student yet.", hint="Let it train for an epoch, or resume it.")
    recipe: dict[str, Any] = read_json(folder.recipe)
    return recipe | {"student": {"path": str(folder.best_student.absolute()), "prune": share}, "stages": []}
