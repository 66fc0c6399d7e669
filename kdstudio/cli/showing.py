"""`kdstudio compare` and `kdstudio report`: what came out of runs, beside each other or as a page."""

from pathlib import Path
from typing import Annotated

import typer

from kdstudio.cli.commands import Debug, Json, app


@app.command()
def compare(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="RUN_OR_PREDICTIONS…", help="Run folders, and npz, npy, CSV or parquet files."),
    ],
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.01, help="At which KL and structure count.")
    ] = 4.0,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare models by what they answered to the same inputs: one run's learners, several students, any files.

    A file holds logits or probabilities, one row an input, one column a class; labels beside them are used.
    """
    from kdstudio.analysis import side_by_side
    from kdstudio.cli.comparison import comparison
    from kdstudio.cli.session import session
    from kdstudio.project.contenders import contenders

    with session(as_json=as_json, debug=debug) as answer:
        found = contenders(paths)
        models = [
            side_by_side.model(one.answers) | one.size | {"path": str(one.path), "learner": one.learner}
            for one in found
        ]
        pairs = side_by_side.pairs([one.answers for one in found], temperature)
        value = {"temperature": temperature, "models": models, "pairs": pairs}
        answer(value, comparison(value))


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="A run folder, finished or not.")],
    to: Annotated[Path, typer.Option("--to", help="The page to write; its folder is made where it is missing.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write a run as one page of HTML: its numbers, curves, doubt, mistakes and inputs, with nothing to load."""
    from kdstudio.cli.session import session
    from kdstudio.core.files import write_bytes
    from kdstudio.project.report.page import report as page
    from kdstudio.project.run import Run

    with session(as_json=as_json, debug=debug) as answer:
        content = page(Run(run)).encode()
        write_bytes(to, content)
        told = f"{to} ({len(content) / 1000:,.0f} kB)"
        answer(
            {"path": str(to.absolute()), "bytes": len(content)},
            lambda console: console.print(told, markup=False, soft_wrap=True),
        )
