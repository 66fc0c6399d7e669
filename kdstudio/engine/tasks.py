"""The long tasks by name: each request becomes a generator of events that the GPU thread steps."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from kdstudio.core.events import Event
from kdstudio.export.export import export
from kdstudio.project.store import recorded
from kdstudio.recipe.choices import Change
from kdstudio.recipe.recipe import parse
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train

Task = Generator[Event, object, Any]


def _train(request: dict[str, Any], control: Control) -> Task:
    folder = Path(request["run"])
    return recorded(folder, controlled(train(parse(request["recipe"]), folder), control))


def _resume(request: dict[str, Any], control: Control) -> Task:
    folder = Path(request["run"])
    changes = [Change(step=0, key=key, value=value) for key, value in request.get("changes", {}).items()]
    return recorded(folder, controlled(resume(folder, changes=changes), control))


def _export(request: dict[str, Any], _control: Control) -> Task:
    return _exporting(request)


def _exporting(request: dict[str, Any]) -> Task:
    reports = yield from export(
        Path(request["run"]), Path(request["to"]), request["formats"], request.get("checkpoint", "best")
    )
    return {"files": [report.model_dump(mode="json") for report in reports]}


TASKS: dict[str, Callable[[dict[str, Any], Control], Task]] = {"train": _train, "resume": _resume, "export": _export}
