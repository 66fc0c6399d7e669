"""A program that several processes run: train, or go on with, the recipe in a file, and stop after a step.

    on_devices.py DEVICES RECIPE.json FOLDER STOP_AT [STRATEGY]

The first starts the others, each of which is this program again.
"""

import sys
from pathlib import Path

from kdstudio.core.events import Advanced
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import load
from kdstudio.training.control import StopRequested
from kdstudio.training.devices import connect
from kdstudio.training.group import ALONE
from kdstudio.training.run import resume, train


def main(devices: int, file: Path, folder: Path, stop_at: int, strategy: str = "ddp") -> None:
    recipe = load(file)
    group = connect(devices, 1, recipe.device, strategy, syncs_norms=True) if devices > 1 else ALONE
    goes_on = group.tell((folder / "recipe.json").exists())
    run = resume(folder, group=group) if goes_on else train(recipe, folder, group)
    events = recorded(folder, run) if group.is_first else run
    try:
        event = next(events)
        while True:
            stops = isinstance(event, Advanced) and event.step == stop_at
            event = events.throw(StopRequested(report=False)) if stops else next(events)
    except StopIteration:
        group.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
