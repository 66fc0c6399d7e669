"""The desk thread's questions: quick answers while the GPU thread works.

Everything here stays on the CPU with one thread, and never touches torch's default random generator, because that is
process-wide: one `nn.Linear` built here would change the numbers of the student that is training.
"""

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kdstudio.core.checkup.graphics import unused_card
from kdstudio.core.errors import DataError, KdStudioError, RunError
from kdstudio.core.layout import RunFolder
from kdstudio.core.targets import NEXT_TOKEN, answered
from kdstudio.core.trust import trust
from kdstudio.data.dataset import Part
from kdstudio.data.problems import truth
from kdstudio.data.splits import Splits, divide
from kdstudio.data.tasks import as_task
from kdstudio.engine.estimate import estimate
from kdstudio.engine.given import picture, text
from kdstudio.engine.inside import compare_inside, measure_layers
from kdstudio.export.session import classify as classify_exported
from kdstudio.export.session import respond
from kdstudio.models.inspect import describe, time
from kdstudio.models.model import Model
from kdstudio.models.next_token import expected
from kdstudio.models.preprocessing.base import Feed
from kdstudio.recipe.choices import Said, born
from kdstudio.recipe.recipe import Recipe, parse, read_json
from kdstudio.training.device import choose_device, choose_threads, free_memory, several
from kdstudio.training.drawn import drawn
from kdstudio.training.inspect import inspect
from kdstudio.training.opened import Opened
from kdstudio.training.opening import catalogue, open_recipe
from kdstudio.training.pulls import Pulls, pulls
from kdstudio.training.recorded import RecordedTeacher
from kdstudio.training.remembering import Remembering

BUSY = "while a run or an export is going on"


class Desk:
    """Answers quick questions by name; each method takes the request and returns a JSON value."""

    def __init__(self, drawing: "threading.Lock | None" = None) -> None:
        self._opener = Remembering()
        self._drawing = drawing or threading.Lock()  # held by whatever may draw from torch's default generator

    def answer(self, request: dict[str, Any], *, is_busy: bool) -> Any:
        """Answer a request; raises KdStudioError where that is not possible."""
        question = getattr(self, f"ask_{request['ask']}", None)
        if question is None:
            raise KdStudioError(f"the engine does not know {request['ask']!r}", hint="Update kdstudio.")
        return question(request, is_busy)

    def ask_catalogue(self, _request: dict[str, Any], _is_busy: bool) -> Any:
        """Return all methods and students with the schemas of their knobs."""
        return catalogue().model_dump(mode="json", by_alias=True)

    def ask_machine(self, _request: dict[str, Any], _is_busy: bool) -> Any:
        """Return the devices, memory and versions of this computer."""
        device = choose_device("auto")
        devices: list[dict[str, Any]] = [{"name": "CPU", "kind": "cpu", "memory_bytes": None}]
        for number in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(number)
            name = f"cuda:{number} {properties.name}"
            devices.append({"name": name, "kind": "cuda", "memory_bytes": properties.total_memory})
        if torch.backends.mps.is_available():
            devices.append({"name": "Apple GPU", "kind": "mps", "memory_bytes": None})
        return {
            "device": str(device),
            "devices": devices,
            "together": {kind: several(torch.device(kind)) for kind in {"cpu", device.type}},
            "threads": choose_threads(10**12, 1),
            "torch": torch.__version__,
            "advice": unused_card(torch.__version__, torch.version.cuda or "") if device.type == "cpu" else "",
            "python": sys.version.split()[0],
            "memory_bytes": free_memory(torch.device("cpu")) * 2,
        }

    def ask_inspect(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Return what a file or folder is."""
        asked = {key: request[key] for key in ("target", "parts", "task") if key in request}
        return inspect(Path(request["path"]), **asked, said=_said(request)).model_dump(mode="json")

    def ask_latency(self, request: dict[str, Any], is_busy: bool) -> Any:
        """Return how long teacher or student of a recipe takes for one input; not while a run uses this computer."""
        if is_busy:
            return {"latency_ms": None, "latency_note": f"not measured {BUSY}"}
        if request.get("path"):
            return time(self._opener.load(Path(request["path"]), _said(request)))
        opened = open_recipe(parse(request["recipe"]), self._opener)
        if opened.student is None:
            raise DataError("There is no student yet.", hint="Choose data first.")
        return time(opened.student)

    def ask_trust(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Remember that the file with this digest may run code when it is opened."""
        trust(str(request["digest"]), remember=True)
        return {}

    def ask_check(self, request: dict[str, Any], is_busy: bool) -> Any:
        """Return everything that is wrong with a recipe, and what training would take."""
        opened = open_recipe(parse(request["recipe"]), self._opener)
        return {
            "problems": [problem.model_dump() for problem in opened.problems],
            "estimate": None if opened.errors or is_busy else estimate(opened.ready()),
            "teacher": _score(opened),
            "student": opened.student and describe(opened.student).model_dump(mode="json"),
            "data": opened.splits and _counts(opened.splits),
            "layers": drawn(opened),
        }

    def ask_pulls(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Return how strongly each method of a recipe would pull at its student; not while a run is going on.

        A run that is asked for meanwhile waits until this is over: both draw random numbers from one generator.
        """
        ready = open_recipe(parse(request["recipe"]), self._opener).ready()
        if not self._drawing.acquire(blocking=False):
            return Pulls({}, note=f"Not measured {BUSY}.").to_value()
        try:
            return pulls(ready).to_value()
        finally:
            self._drawing.release()

    def ask_preview(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Return the teacher's answer to one validation input."""
        opened = open_recipe(parse(request["recipe"]), self._opener)
        is_ready = opened.stored is not None or (opened.teacher is not None and opened.score is not None)
        if not is_ready or opened.splits is None or opened.dataset is None:
            raise DataError("There is no teacher that could answer.", hint="Choose a teacher and data first.")
        part, names = opened.splits.validation, opened.dataset.class_names
        position = int(request["row"]) % len(part)
        logits = _answer(opened, part, position)
        return {
            "row": int(part.index[position]),
            "target": int(part.targets[position]) if opened.dataset.task == "classification" else -1,
            "truth": "" if opened.dataset.task == NEXT_TOKEN else truth(names, part.targets[position]),
            "task": answered(opened.dataset.task),
            "logits": logits,
            "class_names": list(names),
        }

    def ask_classify(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Return what teacher, student and baseline of a run answer to an image file, or to a text."""
        folder = RunFolder(Path(request["run"]))
        recipe = parse(read_json(folder.recipe))
        names = read_json(folder.path / "classes.json")["class_names"]
        best = folder.checkpoint(request.get("checkpoint", "best"))
        student = self._student(best)
        inputs = text(request["text"], student) if "text" in request else picture(Path(request["image"]), student)
        baseline = best / "baseline.safetensors"
        return {
            "teacher": _logits(self._teacher(recipe), inputs) if _has_model(recipe) else None,
            "student": _logits(student, inputs),
            "baseline": _logits(self._opener.load(baseline), inputs) if baseline.exists() else None,
            "class_names": names,
            "note": _why_silent(recipe),
        }

    def ask_layers(self, request: dict[str, Any], is_busy: bool) -> Any:
        """Compare the layers of a run's models into its folder; not while a run is going on, whose time it would take.

        The answer says in `note` why nothing was compared, "" where it was, and whether it may be asked `again`.
        """
        folder = RunFolder(Path(request["run"]))
        recipe = parse(read_json(folder.recipe))
        note = _why_silent(recipe) if recipe.teachers else "there is no teacher to compare with"
        if note or is_busy:
            return {"note": note or f"nothing is compared {BUSY}", "again": not note}
        return {"note": compare_inside(folder, self._opener), "again": False}

    def ask_sensitivity(self, request: dict[str, Any], is_busy: bool) -> Any:
        """Measure what a run's student loses without channels or weights of one layer; not while a run is going on.

        The answer says in `note` why nothing was measured, "" where it was.
        """
        if is_busy:
            return {"note": f"nothing is measured {BUSY}"}
        measure_layers(RunFolder(Path(request["run"])), request["unit"], self._opener)
        return {"note": ""}

    def ask_try(self, request: dict[str, Any], _is_busy: bool) -> Any:
        """Return what an exported file answers to one input, through the runtime it is for.

        The input is an image file, or for the student of a run a text, or the test input that the data keeps at `row`.
        """
        if "run" in request:
            return {"logits": [float(value) for value in respond(Path(request["file"]), self._fed(request))]}
        from kdstudio.data.image.pictures import decode

        image = decode(request["image"], tuple(request["shape"]))
        return {"logits": [float(value) for value in classify_exported(Path(request["file"]), image)]}

    def _student(self, checkpoint: Path) -> Model:
        if not (checkpoint / "student.safetensors").exists():
            raise RunError("This run has no checkpoint yet.", hint="Wait for the first one, about 20 seconds.")
        return self._opener.load(checkpoint / "student.safetensors")

    def _fed(self, request: dict[str, Any]) -> Feed:
        """Return what the exported file of a run is fed with, for a text or a row of the test inputs."""
        folder = RunFolder(Path(request["run"]))
        student = self._student(folder.checkpoint("best"))
        if "text" in request:
            return student.preprocessing.feed(text(request["text"], student))
        recipe = parse(read_json(folder.recipe))
        inputs = divide(as_task(self._opener.read(recipe.data), recipe.task), recipe.data, recipe.seed).test.inputs
        row = int(request["row"])
        if not 0 <= row < len(inputs):
            raise DataError(f"The test inputs have no row {row}.", hint="The data has changed: export again.")
        return student.suited(inputs).preprocessing.feed(inputs.read(np.array([row])))

    def _teacher(self, recipe: Recipe) -> Model:
        opened = open_recipe(recipe, self._opener)
        if opened.teacher is None:
            raise DataError("The teacher's file cannot be opened any more.", hint="; ".join(map(str, opened.errors)))
        return opened.teacher


def _why_silent(recipe: Recipe) -> str:
    """Return why the teacher does not answer a new input; "" where it does, or where there is none."""
    if _has_model(recipe) or not recipe.teachers:
        return ""
    if born(recipe.teachers):
        return "the teacher came into being in the run, and is not kept"
    if any(teacher.data for teacher in recipe.teachers):
        return "the teacher sees other inputs than the student"
    return "the teacher has stored answers to its data only"


def _has_model(recipe: Recipe) -> bool:
    """Whether the teacher can be asked about new inputs; stored answers are only those to the data."""
    return any(teacher.kind == "frozen" and not teacher.data for teacher in recipe.teachers)


def _score(opened: Opened) -> dict[str, Any] | None:
    """Return how good the teacher is: `accuracy` is the headline measure of `task`."""
    task = opened.dataset.task if opened.dataset is not None else "classification"
    if opened.stored is not None:
        stored = opened.stored
        return {"task": task, "accuracy": stored.accuracy, "accuracy_count": stored.count, "preprocessing": ""}
    if opened.score is None:
        return None
    words = opened.score.preprocessing.describe()
    columns = opened.teacher.output.columns if opened.teacher is not None else ()
    return {
        "task": task,
        "accuracy": opened.score.accuracy,
        "accuracy_count": opened.score.count,
        "preprocessing": words,
        "class_map": list(columns),  # the output for each class of the data, -1 for none; empty: as they are
    }


def _answer(opened: Opened, part: Part, position: int) -> list[float]:
    """Return the teacher's answer to one input of a part; raises DataError where it is not among the stored ones."""
    if opened.teacher is not None:
        source = opened.teacher.preprocessing.seen_in
        if opened.pairings and len(opened.members) > 1:
            raise DataError("The teachers see different things.", hint="The run asks each about its own.")
        seen = opened.pairings[source].seen(part) if source else part
        return _logits(opened.teacher, seen.read(np.array([position])))
    if isinstance(opened.stored, RecordedTeacher):
        found = opened.stored.begins(part.read(np.array([position]))[0])
        logits = None if found is None else found[None]
    else:
        logits = None if opened.stored is None else opened.stored.logits(part.subset(np.array([position])))
    if logits is None:
        raise DataError("There is no stored answer to this input.", hint="Choose another one.")
    return [float(value) for value in logits[0]]


def _logits(model: Model, inputs: np.ndarray) -> list[float]:
    model.module.eval()
    if model.per_token:
        return [float(value) for value in expected(model, inputs)[0]]
    with torch.inference_mode():
        return [float(value) for value in model.respond(inputs)[0]]


def _counts(splits: Splits) -> dict[str, Any]:
    return {
        "counts": {"train": len(splits.train), "validation": len(splits.validation), "test": len(splits.test)},
        "labelled": int(splits.labelled.sum()),
    }


def _said(request: dict[str, Any]) -> Said:
    """Return what the window says about the network of a file that it asks about."""
    return Said.model_validate({key: request[key] for key in Said.model_fields if key in request})
