"""The terminal: the same generators as the window, drawn as progress bars and tables (contract: "Terminal")."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    # they register their commands
    from kdstudio.cli import (  # noqa: F401
        cache,
        doctor,
        licences,
        pruning,
        recording,
        reproduce,
        showing,
        sweeps,
        version,
        writing,
    )
    from kdstudio.cli.commands import app

    try:
        app(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 1
    return 0
