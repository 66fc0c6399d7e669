"""`kdstudio cache`: where teachers' answers are kept, and what may go."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kdstudio.cli.commands import Debug, Json, app
from kdstudio.cli.tables import Draw


@app.command()
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all answers; runs that need them ask again.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say where teachers' answers are kept for later runs, and how much room they take.

    KDSTUDIO_TEACHER_CACHE names another folder, or is "off"; KDSTUDIO_TEACHER_CACHE_GB is how much room all answers may
    take (20). What was not used for longest goes first.
    """
    from kdstudio.cli.session import session
    from kdstudio.training.cache_folder import answers_folder, entries, limit, remove

    with session(as_json=as_json, debug=debug) as answer:
        if clear:
            for entry in entries():
                remove(entry)
        found = [{**one.about, "bytes": one.bytes, "used": one.used, "folder": str(one.folder)} for one in entries()]
        root = answers_folder()
        folder = str(root) if root is not None else None
        value = {"folder": folder, "limit_bytes": limit(), "entries": found[::-1]}
        answer(value, _drawn(folder, limit(), found[::-1]))


def _drawn(folder: str | None, most: int, found: Sequence[dict[str, Any]]) -> Draw:
    def draw(console: Console) -> None:
        if folder is None:
            console.print("Teachers' answers are not kept: KDSTUDIO_TEACHER_CACHE is off.")
            return
        total = sum(entry["bytes"] for entry in found)
        console.print(f"Teachers' answers lie in {folder}", markup=False, soft_wrap=True)
        console.print(f"They take {total / 1e6:,.1f} MB of at most {most / 1e6:,.0f} MB.", markup=False)
        if not found:
            return
        table = Table("Teacher", "Part", "Inputs", "Layers", "MB", "Last used")
        for entry in found:
            table.add_row(
                str(entry["teacher"]),
                str(entry["part"]),
                f"{entry['inputs']:,}",
                ", ".join(entry["layers"]),
                f"{entry['bytes'] / 1e6:,.1f}",
                time.strftime("%Y-%m-%d %H:%M", time.localtime(entry["used"])),
            )
        console.print(table)

    return draw
