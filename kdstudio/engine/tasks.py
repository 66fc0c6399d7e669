"""The long tasks by name: each request becomes a generator of events that the GPU thread steps."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from kdstudio.core.events import Event
from kdstudio.core.layout import RunFolder
from kdstudio.engine.several import resume_by_several, train_by_several
from kdstudio.export.export import export
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train

Task = Generator[Event, object, Any]


def _train(request: dict[str, Any], control: Control) -> Task:
    folder, recipe = Path(request["run"]), parse(request["recipe"])
    if recipe.devices > 1:
        return train_by_several(folder, recipe, control)
    return recorded(folder, controlled(train(recipe, folder), control))


def _resume(request: dict[str, Any], control: Control) -> Task:
    folder, wanted = Path(request["run"]), request.get("changes", {})
    if "device" not in wanted and parse(read_json(RunFolder(folder).recipe)).devices > 1:
        return resume_by_several(folder, wanted, control)
    changes = [Change(step=0, key=key, value=value) for key, value in wanted.items()]
    return recorded(folder, controlled(resume(folder, changes=changes), control))


def _export(request: dict[str, Any], _control: Control) -> Task:
    return _exporting(request)


def _exporting(request: dict[str, Any]) -> Task:
    reports = yield from export(
        Path(request["run"]),
        Path(request["to"]),
        request["formats"],
        request.get("checkpoint", "best"),
        probabilities=request.get("probabilities", False),
        zipped=request.get("zipped", False),
        shifted=request.get("shifted", False),
    )
    return {"files": [report.model_dump(mode="json") for report in reports]}


TASKS: dict[str, Callable[[dict[str, Any], Control], Task]] = {"train": _train, "resume": _resume, "export": _export}
