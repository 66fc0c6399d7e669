"""`kdstudio doctor`: everything that support would ask for, what is wrong first, each with what to do about it."""

from typing import Annotated

import typer
from rich.console import Console

from kdstudio.cli.commands import Debug, Json, app
from kdstudio.core.checkup.finding import Finding, problems_first


@app.command()
def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Import neither torch nor Qt: versions, folders and memory alone.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Look at this computer and this installation: what is wrong, and what support would ask for.

    Nothing is sent anywhere. The exit status is 0 where nothing is wrong and 1 otherwise.
    """
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug) as answer:
        found = findings(quick=quick)
        problems = problems_first(found)
        value = {
            "ok": not problems,
            "problems": [one.to_value() for one in problems],
            "findings": [one.to_value() for one in found],
        }
        answer(value, lambda console: draw(console, found))
    if problems:
        raise typer.Exit(1)


def findings(*, quick: bool = False) -> list[Finding]:
    """Return everything that was found, in the order in which it is told."""
    from kdstudio.core.checkup import computer, parts, qt_libraries, versions

    found = versions.versions()
    if not quick:
        from kdstudio.core.checkup import probe

        typer.echo("Looking at the libraries, which takes some seconds…", err=True)
        found += parts.engine(probe.ask("engine"))
        found += qt_libraries.libraries()
        found += parts.window(probe.ask("window", parts.screen()))
    return [*found, *computer.computer(), *computer.folders(), *versions.extras(), parts.last_crash()]


def draw(console: Console, found: list[Finding]) -> None:
    """Print the problems with their ways out, then everything by section, in plain lines that can be sent on."""

    def line(words: str, style: str = "") -> None:
        console.print(words, style=style, markup=False, soft_wrap=True)

    problems = problems_first(found)
    line(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}" if problems else "Nothing is wrong.", "bold")
    for one in problems:
        line(f"  {one.severity}: {one.name}: {one.value}", "red" if one.severity == "error" else "yellow")
        if one.hint:
            line(f"    {one.hint}")
    for section in dict.fromkeys(one.section for one in found):
        line(f"\n{section}", "bold")
        for one in found:
            if one.section == section:
                line(f"  {one.name}: {one.value}")
                if one.severity == "note" and one.hint:
                    line(f"    {one.hint}", "dim")
