"""`kdstudio sweep` and `kdstudio ladder`: a recipe with other values or students of other sizes, one run for each."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kdstudio.cli.commands import Debug, Json, Trusted, app
from kdstudio.cli.sweep_tables import ladder_rows, ladder_table, table
from kdstudio.cli.tables import Draw
from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.core.paths import new_run_folder
from kdstudio.project.sweep import outcomes, planned, read
from kdstudio.recipe.change import assign
from kdstudio.recipe.over import axes
from kdstudio.recipe.recipe import read_json
from kdstudio.recipe.sweep import Plan, grid

Folder = Annotated[Path | None, typer.Option("--run", help="The folder for all runs; by default ./runs/<time>-<what>.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="Change a value in all: KEY.PATH=VALUE.")]


@app.command()
def sweep(
    recipe: Annotated[Path | None, typer.Argument(help="The recipe; without it, what --run holds goes on.")] = None,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="KEY.PATH=A,B,…", help="Values to try; several give every combination."),
    ] = None,
    search: Annotated[
        int,
        typer.Option(
            "--search",
            metavar="N",
            min=0,
            help="N trials where the best is expected; --over may be LOW..HIGH.",
        ),
    ] = 0,
    run: Folder = None,
    change: Changes = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Train a recipe with other values, and rank what comes of it by the score on validation.

    With --search a range LOW..HIGH has whole numbers where both ends are whole, and counts each power of ten the same
    where they are a factor of ten or more apart.

    No student is also trained without a teacher, unless it is asked for: --set baseline=true.

    Ctrl+C saves. The same command with --run goes on: what is finished stays, and values that are new are added. It may
    run several times at once on one folder: each program takes the trials that no other one is training.
    """
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        if recipe is None:
            folder, plan = _kept(run, over, change)
        else:
            value = _changed(read_json(recipe), ["baseline=false", *(change or [])])
            varied = axes(over or [])
            if not varied:
                hint = "For example --over methods.soft_targets.temperature=1,2,4"
                raise InvalidRecipe([Problem(message="nothing is varied", hint=hint)])
            origin = recipe.absolute().parent
            wanted = (
                Plan(value, origin, varied, (), "search", search)
                if search
                else Plan(value, origin, varied, grid(varied))
            )
            folder = run or new_run_folder(Path("runs"), wanted.kind)
            plan = planned(folder, wanted)
        _carried_out(folder, plan, answer)


@app.command()
def ladder(
    recipe: Annotated[Path | None, typer.Argument(help="The recipe; without it, what --run holds goes on.")] = None,
    ratios: Annotated[
        str, typer.Option("--ratios", metavar="A,B,…", help="How many times fewer weights than the teacher.")
    ] = "2,5,10,30,100",
    like: Annotated[
        str, typer.Option("--like", help="teacher: shrink it, where that is possible; student: the recipe's, resized.")
    ] = "teacher",
    run: Folder = None,
    change: Changes = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Train students of several sizes, each with the teacher and without, and say what each of them retains.

    Ctrl+C saves. The same command with --run goes on, and adds ratios that are new.
    """
    from kdstudio.cli.session import err, session
    from kdstudio.training.ladder import ladder as planning

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        if recipe is None:
            folder, plan = _kept(run, [], change)
        else:
            value = _changed(read_json(recipe), ["baseline=true", *(change or [])])
            found = planning(value, recipe.absolute().parent, _ratios(ratios), _like(like))
            for problem in found.problems:
                err().print(f"{problem.severity.capitalize()}: {problem}", markup=False, soft_wrap=True)
            folder = run or new_run_folder(Path("runs"), "ladder")
            plan = planned(folder, found.plan)
        _carried_out(folder, plan, answer)


def _ratios(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        found = []
    if not found or not all(1 <= one < 1e9 for one in found):
        hint = "For example --ratios 2,5,10,30,100"
        raise InvalidRecipe([Problem(message="ratios are numbers from 1 on", where=text, hint=hint)])
    return found


def _like(text: str) -> Literal["teacher", "student"]:
    if text not in ("teacher", "student"):
        raise InvalidRecipe([Problem(message="is neither teacher nor student", where=f"--like {text}")])
    return "teacher" if text == "teacher" else "student"


def _kept(run: Path | None, over: Sequence[str] | None, change: Sequence[str] | None) -> tuple[Path, Plan]:
    """Return the folder to go on with, and what it is for."""
    if run is None:
        raise InvalidRecipe([Problem(message="no recipe was given", hint="kdstudio sweep RECIPE.json --over KEY=A,B")])
    if over or change:
        hint = "Give the recipe too; trials that are finished are not repeated."
        raise InvalidRecipe([Problem(message="--over and --set need the recipe", hint=hint)])
    return run, read(run)


def _changed(value: Any, changes: Sequence[str]) -> Any:
    for one in changes:
        value = assign(value, one)
    return value


def _carried_out(folder: Path, plan: Plan, answer: Callable[[Any, Draw], None]) -> None:
    """Run all trials that are not finished, and answer with all of them; an error where one failed."""
    from kdstudio.cli.session import err, steps
    from kdstudio.project.store import recorded_here
    from kdstudio.training.control import Control
    from kdstudio.training.search import search
    from kdstudio.training.sweep import sweep

    err().print(f"Folder of the {plan.kind}: {folder}", markup=False, soft_wrap=True)
    control = Control()
    events = (search if plan.kind == "search" else sweep)(folder, plan, control, recorded_here)
    steps(events, control, part="Trial", onward=f"kdstudio sweep --run {shlex.quote(str(folder))}")
    found = outcomes(folder, read(folder))
    value: dict[str, Any] = {"folder": str(folder.absolute()), "kind": plan.kind}
    if plan.kind == "ladder":
        answer(value | {"rungs": ladder_rows(found)}, ladder_table(found))
    else:
        best = next((one.trial.name for one in found if one.metrics), None)
        answer(value | {"best": best, "trials": [one.row for one in found]}, table(plan, found))
    failed = [one for one in found if one.state in ("failed", "stopped", "interrupted")]
    if failed:
        names = ", ".join(one.trial.name for one in failed)
        hint = f"The reason stands in {failed[0].folder / 'events.jsonl'}; the same command tries again."
        raise KdStudioError(f"{len(failed)} of {len(found)} trials did not finish: {names}.", hint=hint)
