"""`kdstudio --version`, and what `kdstudio --help` says of the window's options."""

from typing import Annotated

import typer

from kdstudio import __version__
from kdstudio.cli.commands import app

_WINDOW = (
    "The window takes files, and --demo, --project DIR, --page NAME, --theme NAME, --screenshot PNG, --smoke, "
    "--reset-ui, --safe-mode, --install-desktop and --uninstall-desktop."
)


@app.callback(epilog=_WINDOW, invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Distil a big model into a small one, and see what it inherits. Without a command the window opens."""
    if version:
        typer.echo(f"kdstudio {__version__}")
        raise typer.Exit
