"""`kdstudio prune`, `quantize`, `sensitivity`: a finished student made smaller, and what its layers can do without."""

from dataclasses import replace
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
def prune(  # noqa: PLR0913, PLR0917  each is a flag
    run: Annotated[Path, typer.Argument(help="The run folder of a finished student.")],
    share: Annotated[
        float, typer.Option("--share", min=0.01, max=0.99, help="Share of its channels (or weights) to take out.")
    ] = 0.5,
    parameters: Annotated[
        int | None, typer.Option("--parameters", min=1, help="As much as needed for so many parameters at most.")
    ] = None,
    macs: Annotated[
        int | None, typer.Option("--macs", min=1, help="As much as needed for so many multiply-adds an input at most.")
    ] = None,
    weights: Annotated[
        bool, typer.Option("--weights", help="Set single weights to zero, and keep them there; no channel goes.")
    ] = False,
    to: Annotated[Path | None, typer.Option("--run", help="The new run's folder; ./runs/<time>-pruned.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Change a value: KEY.PATH=VALUE.")] = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Take the weakest channels out of a finished student, and let the same teacher train it on.

    With --weights the smallest single weights become zeros instead: the file is as large as before until it is
    compressed, and ordinary runtimes are as fast as before. --share then counts those that are zero already.

    With --parameters or --macs it is the smallest share, in hundredths, that is enough.

    The new run has its own predictions, so that compare shows what pruning cost; its baseline is the same pruned
    student without the teacher. Prune in steps by pruning what came of it again: kdstudio prune NEW-RUN.
    """
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        unit = "weights" if weights else "channels"
        if parameters is not None or macs is not None:
            if weights:
                hint = "Leave out --weights, or say which --share."
                raise RunError("Single weights that are zero leave a student as large as it was.", hint=hint)
            share = _enough(run, parameters, macs)
        recipe = recipe_of(run, prune=share, prune_unit=unit)
        summary = _train_on(recipe, change or [], to or new_run_folder(Path("runs"), "pruned"))
        if summary is not None:
            answer(summary, tables.summary(summary))


def _enough(run: Path, parameters: int | None, macs: int | None) -> float:
    from kdstudio.cli.session import err
    from kdstudio.models.goal import share_for
    from kdstudio.models.source import load

    recipe_of(run)  # says what is missing of the run
    share = share_for(load(RunFolder(run).best_student), parameters=parameters, macs=macs)
    err().print(f"{share:.0%} of the channels are taken out.", markup=False)
    return share


@app.command()
def quantize(
    run: Annotated[Path, typer.Argument(help="The run folder of a finished student.")],
    to: Annotated[Path | None, typer.Option("--run", help="The new run's folder; ./runs/<time>-quantized.")] = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Change a value: KEY.PATH=VALUE.")] = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Let a finished student compute with weights and activations of 8 bits, and the same teacher train it on.

    It learns to make up for the rounding. What kdstudio export writes of the new run, with --quantize int8 and as plain
    ONNX, has the steps that it learned; its baseline is the same student, trained on without the teacher.
    """
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        recipe = recipe_of(run, quantize="int8")
        summary = _train_on(recipe, change or [], to or new_run_folder(Path("runs"), "quantized"))
        if summary is not None:
            answer(summary, tables.summary(summary))


@app.command()
def sensitivity(
    run: Annotated[Path, typer.Argument(help="The run folder of a finished student.")],
    weights: Annotated[bool, typer.Option("--weights", help="Take single weights out, and not channels.")] = False,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what the student loses without the weakest 10 to 90 % of one layer, one layer at a time, without training.

    It is asked about up to 1,000 validation inputs; what was found is kept in the run's folder.
    """
    from kdstudio.cli.session import progress_shown, session
    from kdstudio.project.layers import best_digest
    from kdstudio.project.sensitivity import read_sensitivity, to_value, write_sensitivity
    from kdstudio.training.opened import Opener
    from kdstudio.training.sensitivity import measure_sensitivity

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        folder, unit = RunFolder(run), "weights" if weights else "channels"
        found = read_sensitivity(folder, unit)
        if found is None:
            checkpoint = best_digest(folder)
            with progress_shown(as_json=as_json):
                measured = measure_sensitivity(folder, "weights" if weights else "channels", Opener())
            found = replace(measured, checkpoint=checkpoint)
            write_sensitivity(folder, found)
        answer(to_value(found), tables.sensitivity(found))


def _train_on(recipe: dict[str, Any], changes: list[str], folder: Path) -> dict[str, Any] | None:
    from kdstudio.cli.session import err, stepped
    from kdstudio.training.run import train

    for one in changes:
        recipe = assign(recipe, one)
    err().print(f"Run folder: {folder}", markup=False, soft_wrap=True)
    return stepped(folder, train(parse(recipe), folder), ALONE)


def recipe_of(run: Path, **how: float | str) -> dict[str, Any]:
    """Return the recipe of a run with its best student, made smaller, as the one that learns.

    `how` is what the recipe's student has beside its path. Raises RunError where there is no student yet.
    """
    folder = RunFolder(run)
    if not folder.recipe.exists():
        raise RunError(f"{run} is no run folder.", hint="A run folder holds a recipe.json; look one level deeper.")
    if not folder.best_student.exists():
        raise RunError(f"{run} has no best student yet.", hint="Let it train for an epoch, or resume it.")
    recipe: dict[str, Any] = read_json(folder.recipe)
    return recipe | {"student": {"path": str(folder.best_student.absolute()), **how}, "stages": []}
