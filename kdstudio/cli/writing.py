"""`kdstudio write`: texts by a language model, for a student to learn from."""

from pathlib import Path
from typing import Annotated

import typer

from kdstudio.cli.commands import Debug, Json, Trusted, app


@app.command()
def write(  # noqa: PLR0913, PLR0917  each is a flag
    model: Annotated[Path, typer.Argument(help="A language model: a Hugging Face folder, or a student's file.")],
    to: Annotated[Path, typer.Option("--to", help="The text file; one that is there is gone on with.")],
    count: Annotated[int, typer.Option(min=1, help="How many texts.")] = 500,
    prompts: Annotated[Path | None, typer.Option(help="A file of beginnings, one a line, taken in turn.")] = None,
    tokens: Annotated[int, typer.Option(min=1, help="The most tokens behind a beginning.")] = 256,
    temperature: Annotated[float, typer.Option(min=0.05, max=5.0, help="Above 1 wilder, below 1 tamer.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed writes other texts.")] = 0,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Let a language model write texts for a student to learn from (sequence-level distillation).

    Name the file as transfer in the data of a recipe: the student learns from these texts too, and the student
    without a teacher does not.
    """
    from kdstudio.cli.session import finished, session, steps
    from kdstudio.training.control import Control, controlled
    from kdstudio.training.writing import write_corpus

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        lines = [] if prompts is None else prompts.read_text(encoding="utf-8").splitlines()
        beginnings = [line.strip() for line in lines if line.strip()]
        control = Control()
        writing = write_corpus(model, to, count, beginnings, tokens, temperature, seed)
        made = finished(steps(controlled(writing, control), control, onward="the same command"))
        value = {"path": str(to), "texts": count, "written_now": made, "bytes": to.stat().st_size}
        told = f"{to}: {count:,} texts, {made:,} of them written now, {to.stat().st_size:,} bytes"
        answer(value, lambda console: console.print(told, markup=False, soft_wrap=True))
