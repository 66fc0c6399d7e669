"""`kdstudio licences`: whose work kdstudio stands on."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kdstudio.cli.commands import Debug, Json, app
from kdstudio.core.errors import KdStudioError


@app.command()
def licences(
    name: Annotated[str | None, typer.Argument(help="One of them, with its whole text.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the libraries, fonts and data that kdstudio brings along or uses, with their licences."""
    from kdstudio.cli.session import session
    from kdstudio.core.licences import licences as known

    with session(as_json=as_json, debug=debug) as answer:
        found = [one for one in known() if name is None or one.name.casefold() == name.casefold()]
        if not found:
            hint = "kdstudio licences lists what there is."
            raise KdStudioError(f"Nothing called {name!r} is used.", hint=hint)
        value = {
            "licences": [
                {
                    "name": one.name,
                    "version": one.version,
                    "licence": one.licence,
                    "kind": one.kind,
                    "files": [str(file) for file in one.files],
                    **({"text": one.text()} if name is not None else {}),
                }
                for one in found
            ]
        }

        def draw(console: Console) -> None:
            if name is not None:
                for one in found:
                    console.print(one.text(), markup=False, soft_wrap=True)
                return
            table = Table("Name", "Version", "Licence", "Kind")
            for one in found:
                table.add_row(one.name, one.version, one.licence, one.kind)
            console.print(table)
            console.print("The whole text of one: kdstudio licences NAME", markup=False)

        answer(value, draw)
