"""What a model file is, as the value that cards and `kdstudio inspect` show."""

from pathlib import Path
from typing import Any

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.data.sniff import sniff
from kdstudio.models.head import Head
from kdstudio.models.latency import latency
from kdstudio.models.loaders.pretrained import is_encoder, with_new_head
from kdstudio.models.measure import UNTOLD, measure
from kdstudio.models.model import Model
from kdstudio.models.said import NOTHING, load_said
from kdstudio.models.shrink import directions
from kdstudio.recipe.choices import Said
from kdstudio.recipe.item import Item


def inspect(path: Path, *, said: Said = NOTHING, timed: bool = False) -> Item:
    """Describe a model file, `timed` with its latency, which takes a second, as what it is said to be.

    What is wrong with it stands in the item's problems; nothing is raised for a bad file.
    """
    path = Path(path)
    try:
        pretrained = with_new_head(path, (), 2, 0, several=False) if said == NOTHING and is_encoder(path) else None
        model = pretrained or load_said(path, said)
        item = describe(model) if pretrained is None else _without_classes(path, describe(model))
        return item.model_copy(update=time(model)) if timed else item
    except KdStudioError as error:
        problems = tuple(problem.model_copy(update={"where": problem.where or str(path)}) for problem in error.problems)
        kind = sniff(path).format
        return Item(path=str(path), role="model", format=kind, title=path.name, bytes=_bytes(path), problems=problems)


def _without_classes(path: Path, item: Item) -> Item:
    """Describe a pretrained network as it lies there: its classifier is made for the data."""
    told = "it has no classifier: as the student it gets one for the classes of the data; a teacher needs its own"
    return item.model_copy(
        update={
            "path": str(path),
            "bytes": _bytes(path),
            "format": "Hugging Face folder",
            "classes": None,
            "class_names": (),
            "output": "no classes yet",
            "problems": (*item.problems, Problem(message=told, severity="note", where=str(path))),
        }
    )


def describe(model: Model) -> Item:
    """Describe a model that is open. `bytes` is the size of its file, or of its weights where it has none."""
    costs = measure(model)
    notes = () if model.preprocessing_known else (_NOT_STORED,)
    if told := taken_over(model):
        notes = (*notes, Problem(message=told, severity="note"))
    return Item(
        path="" if model.path is None else str(model.path),
        role="model",
        format=model.format,
        title=f"{model.label} · {count(costs.parameters)} parameters",
        bytes=costs.bytes if model.path is None else _bytes(model.path),
        problems=(*model.problems, *notes),
        kind=model.preprocessing.takes,
        architecture=model.spec.architecture,
        knobs=model.spec.knobs,
        layers=model.layers,
        silhouette=costs.silhouette,
        parameters=costs.parameters,
        macs=costs.macs,
        activation_bytes=costs.activations,
        activation_note=UNTOLD if costs.activations is None else "",
        input_shape=model.spec.input_shape or (),
        preprocessing=model.preprocessing.describe() if model.preprocessing_known else "not stored in the file",
        output="the next token, at each position" if model.per_token else model.output.describe(),
        can_train=model.can_train,
        training_note=model.training_note,
        shrinks=directions(model),
        classes=None if model.per_token else model.spec.classes,
        class_names=model.class_names,
        task=model.task,
    )


def taken_over(model: Model) -> str:
    """Say how much of a student is a projector and its teacher's classifier; nothing where it has its own."""
    head = next((part for part in model.module.modules() if isinstance(part, Head)), None)
    if head is None:
        return ""
    projector, taken = (sum(one.numel() for one in part.parameters()) for part in (head.projector, head.classifier))
    return (
        f"the projector ({count(projector)} parameters) and the teacher's classifier ({count(taken)}) are part of the "
        "student: its size includes them, and they are exported with it"
    )


def time(model: Model) -> dict[str, Any]:
    """Return how long the model takes for one input, by the names of an Item's fields.

    One that rounds is not timed: torch only imitates whole numbers, and its file is timed at the export.
    """
    if model.spec.bits is not None:
        return {"latency_ms": None, "latency_note": "measured on the exported file, which computes with whole numbers"}
    found = latency(model)
    return {"latency_ms": found.milliseconds, "latency_note": found.describe()}


def count(number: int) -> str:
    """Write a number of parameters as people do: 0.27 M, 11 k, 512."""
    if number >= 100_000:
        return f"{number / 1e6:.3g} M"
    return f"{number / 1e3:.3g} k" if number >= 1000 else str(number)


_NOT_STORED = Problem(
    message="the file does not store how its inputs were normalised",
    hint="The usual normalisations are tried on the data, and the best is taken.",
    severity="note",
)


def _bytes(path: Path) -> int:
    try:
        files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files)
    except OSError:
        return 0
