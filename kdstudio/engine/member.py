"""One of several processes that train a run together: `python -m kdstudio.engine.member RUN CHANGES`.

The engine starts the first, which starts the others as the same program. The first says what happens on stdout and is
steered on stdin, in the words of the window's own pipe; the end of its input means that the engine is gone: save a
checkpoint and exit.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from kdstudio.core.errors import InvalidRecipe
from kdstudio.core.events import Event
from kdstudio.engine.protocol import Outlet, private_stdout, requests
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.control import Control, together
from kdstudio.training.devices import Abandoned, connect
from kdstudio.training.group import ALONE, Group
from kdstudio.training.run import resume

ASK = 1  # all that it says is about one request


def main(run: str, changes: str) -> int:
    """Go on with a run, or begin one that has nothing but its recipe, together with the other processes."""
    outlet, control, group, folder = Outlet(private_stdout()), Control(), ALONE, Path(run)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches the window, which decides
    signal.signal(signal.SIGTERM, lambda *_: control.stop(report=False))
    made = [Change(step=0, key=key, value=value) for key, value in json.loads(changes).items()]
    try:
        recipe = parse(read_json(folder / "recipe.json"))
        group = connect(recipe.devices, 1, recipe.device, syncs_norms=False)
        events = together(resume(folder, changes=made, group=group), control, group)
        if group.is_first:
            threading.Thread(target=_steer, args=(control,), daemon=True).start()
            outlet.answer(ASK, _said(recorded(folder, events), outlet, control))
        else:
            for _ in events:
                pass
    except BrokenPipeError:
        return 0
    except Exception as error:
        _tell(error, outlet, group)
        return 1
    finally:
        group.leave()
    return 0


def _said(events: Generator[Event, Any, Any], outlet: Outlet, control: Control) -> Any:
    """Step a run to its end and say each event; where nobody hears it any more it ends at a checkpoint."""
    try:
        while True:
            event = next(events)
            try:
                outlet.event(ASK, event)
            except BrokenPipeError:
                control.stop(report=False)
    except StopIteration as end:
        return end.value


def _tell(error: Exception, outlet: Outlet, group: Group) -> None:
    if group.is_first:
        outlet.refuse(ASK, error)
    elif not isinstance(error, InvalidRecipe | Abandoned):  # those the first one tells
        sys.stderr.write(f"Error in process {group.rank}: {error}\n")


def _steer(control: Control) -> None:
    for request in requests(sys.stdin.buffer):
        if request["ask"] == "pause":
            control.pause()
        elif request["ask"] == "continue":
            control.resume()
        elif request["ask"] == "change":
            control.change(str(request["key"]), request["value"])
        else:
            control.stop(report=bool(request["report"]))
    control.stop(report=False)


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # the thread that hears the engine waits for its next word
