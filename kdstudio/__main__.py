"""The only dispatcher: the engine, the terminal or the window, each imported only when it is the one that is meant."""

import gc
import os
import sys

COMMANDS = (
    "demo", "inspect", "cache", "methods", "students", "train", "evaluate", "compare", "export", "sweep", "ladder",
    "prune", "quantize", "sensitivity", "report", "record", "reproduce", "doctor", "licences", "write",
)  # fmt: skip
FOR_TERMINAL = ("--help", "-h", "--version")


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments mean and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    target = choose(given)
    if target == "engine":
        from kdstudio.engine.__main__ import serve

        serve()
    if target == "probe":
        return probe(given[1:])
    if target == "cli":
        from kdstudio.cli import main as cli

        return cli(given)
    gc.disable()  # until the window stands: what is made before it stays, and looking through it costs a tenth of it
    from kdstudio.app import main as app

    return app(["--demo", *given[1:]] if given[:1] == ["demo"] else given)


def probe(which: list[str]) -> int:
    """Try what only the engine or the window imports, for `kdstudio doctor`."""
    if which == ["window"]:
        from kdstudio.ui.probe import main as window

        return window()
    from kdstudio.engine.probe import main as engine

    return engine()


def choose(given: list[str]) -> str:
    """Return engine, probe, cli or app."""
    first = given[0] if given else ""
    if first in ("--engine", "--probe"):
        return first.removeprefix("--")
    if first in FOR_TERMINAL:
        return "cli"
    if first == "demo" and not {"--headless", "--json", "--run", "--help"} & set(given):
        if has_screen():
            return "app"
        print("There is no screen: the demo runs in the terminal.", file=sys.stderr)  # noqa: T201 — neither log nor console is there yet
        return "cli"
    return "cli" if first in COMMANDS else "app"


def has_screen() -> bool:
    """Whether a window could be shown."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # the process in which an exported program is checked is this file again
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main())
