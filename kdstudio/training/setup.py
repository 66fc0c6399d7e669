"""From a recipe to a run that can start: `auto` values resolved, data on the device, students built."""

import platform
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kdstudio import __version__
from kdstudio.analysis.telling import most_ambiguous
from kdstudio.core.digest import digest_file, digest_path, digest_value
from kdstudio.core.events import Event, Noticed
from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.core.types import Predictions
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.programs.inputs import Arranged
from kdstudio.models.student import student
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import Tensors, load
from kdstudio.training.device import choose_device, choose_threads, free_memory
from kdstudio.training.evaluate import predict
from kdstudio.training.opening import Ready, open_recipe

PROBES = 8


@dataclass(slots=True)
class Setup:
    """All that a run needs. `recipe` is resolved; `labelled` (M,) are positions of the training inputs with a label."""

    recipe: Recipe
    folder: RunFolder
    device: torch.device
    class_names: tuple[str, ...]
    train: Tensors
    validation: Tensors
    test: Tensors
    labelled: torch.Tensor
    student: Model
    baseline: Model | None
    teacher: Model | None
    stored: dict[str, Predictions]  # a teacher's stored answers to the parts that they cover
    teacher_predictions: Predictions | None  # on validation
    augmentation: Augmentation


def prepare(recipe: Recipe, folder: Path) -> Generator[Event, object, Setup]:
    """Open everything, resolve the recipe and write recipe.json, classes.json and provenance.json into the run folder.

    Raises InvalidRecipe with everything that is wrong. The thread count is set here, in the thread that trains.
    """
    opened = open_recipe(recipe)
    for problem in opened.problems:
        if problem.severity != "error":
            yield Noticed(problem=problem)
    ready = opened.ready()
    device = choose_device(recipe.device)
    recipe = _resolved(ready, device)
    if device.type == "cpu" and isinstance(recipe.threads, int):
        torch.set_num_threads(recipe.threads)
    models = [ready.student, *([ready.teacher] if ready.teacher is not None else [])]
    preparations = {model.preprocessing for model in models}
    train = yield from load(ready.splits.train, device, "training", preparations)
    validation = yield from load(ready.splits.validation, device, "validation", preparations)
    test = yield from load(ready.splits.test, device, "test", preparations)
    names = ready.dataset.class_names
    teacher, answers = ready.teacher, None
    if teacher is not None:
        place(teacher, device)
        answers = yield from predict(teacher, validation, names, name="teacher", split="validation")
    stored = _stored(ready)
    answers = stored.get("validation", answers)
    if recipe.probes == "auto":
        recipe = recipe.model_copy(update={"probes": _probes(answers, validation)})
    labelled = torch.from_numpy(np.flatnonzero(ready.splits.labelled)).to(device)
    train.targets[torch.from_numpy(np.flatnonzero(~ready.splits.labelled)).to(device)] = -100
    has_baseline = recipe.baseline and len(labelled) > 0 and ready.has_teacher
    setup = Setup(
        recipe=recipe,
        folder=RunFolder(folder),
        device=device,
        class_names=names,
        train=train,
        validation=validation,
        test=test,
        labelled=labelled,
        student=_new_student(ready, recipe, device),
        baseline=_new_student(ready, recipe, device) if has_baseline else None,
        teacher=teacher,
        stored=stored,
        teacher_predictions=answers,
        augmentation=Augmentation(recipe.augmentation, recipe.seed),
    )
    _write_head(setup, ready)
    return setup


def place(model: Model, device: torch.device) -> None:
    """Move a model to the device, in the layout in which its convolutions are quickest.

    That is channels last: 1.1 to 1.6 times on a CPU (tests/benchmarks/README.md). It follows the weights through the
    network.
    """
    model.module.to(device)
    if isinstance(model.module, Arranged):  # a program of others may rely on the layout that it was written for
        return
    for parameter in model.module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def _resolved(ready: Ready, device: torch.device) -> Recipe:
    """Return the recipe without `auto`, so that the same file gives the same run."""
    recipe, student_, splits = ready.recipe, ready.student, ready.splits
    augmentation = recipe.augmentation
    if augmentation.views == "auto":
        augmentation = augmentation.model_copy(update={"views": "endless" if augmentation.is_on else 1})
    views = augmentation.views
    if ready.stored is not None:
        cache = False  # they are stored already
    elif recipe.teacher_cache == "auto":
        fits = isinstance(views, int) and 4 * views * len(splits.train) * student_.spec.classes < free_memory(device)
        cache = bool(recipe.teachers) and isinstance(views, int) and fits and views < max(2, recipe.epochs)
    else:
        cache = recipe.teacher_cache and bool(recipe.teachers)
    threads = recipe.threads
    if threads == "auto":
        teacher = [] if ready.teacher is None or cache else [ready.teacher]
        threads = choose_threads(max(measure(model).macs or 0 for model in [student_, *teacher]), recipe.batch_size)
    return recipe.model_copy(
        update={
            "task": "classification",
            "augmentation": augmentation,
            "precision": "float32",
            "device": str(device),
            "threads": threads,
            "teacher_cache": cache,
        }
    )


def _stored(ready: Ready) -> dict[str, Predictions]:
    """Return the stored answers to each part of the run, but for those that were not all answered."""
    if ready.stored is None:
        return {}
    splits, names = ready.splits, ready.dataset.class_names
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    found = {split: ready.stored.predictions(part, names, split) for split, part in parts.items()}
    return {split: answers for split, answers in found.items() if answers is not None}


def _probes(teacher: Predictions | None, validation: Tensors) -> tuple[int, ...]:
    """Return the rows of the inputs to watch: those that the teacher finds most ambiguous, over many classes."""
    if teacher is None:
        return tuple(int(row) for row in validation.index[:PROBES].cpu())
    return tuple(int(teacher.index[position]) for position in most_ambiguous(teacher, PROBES))


def _new_student(ready: Ready, recipe: Recipe, device: torch.device) -> Model:
    model = student(
        recipe.student,
        ready.splits.train.inputs,
        ready.student.spec.classes,
        ready.student.class_names,
        ready.student.preprocessing,
        seed=recipe.seed,
    )
    place(model, device)
    return model


def _write_head(setup: Setup, ready: Ready) -> None:
    folder = setup.folder
    folder.path.mkdir(parents=True, exist_ok=True)
    write_json(folder.path / "classes.json", {"class_names": list(setup.class_names)})
    write_json(folder.provenance, provenance(setup.recipe, ready))
    write_json(folder.recipe, setup.recipe.to_value())  # last: a folder with a recipe has all of its head


def provenance(recipe: Recipe, ready: Ready) -> dict[str, Any]:
    """Return what a result depends on: versions, digests, machine."""
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    return {
        "kdstudio": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": recipe.device,
        "threads": recipe.threads,
        "teachers": [{"path": teacher.path, "sha256": digest_path(Path(teacher.path))} for teacher in recipe.teachers],
        "data": {"path": recipe.data.path, "digest": ready.dataset.digest()},
        "code": digest_value([digest_file(file) for file in code]),
    }
