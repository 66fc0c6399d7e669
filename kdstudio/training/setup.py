"""From a recipe to a run that can start: `auto` values resolved, data on the device, students built."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kdstudio.analysis.telling import most_ambiguous
from kdstudio.core.errors import Problem
from kdstudio.core.events import Event, Noticed
from kdstudio.core.files import cannot_write, write_json
from kdstudio.core.layout import RunFolder
from kdstudio.core.spread import spread as spread_over
from kdstudio.core.types import Predictions
from kdstudio.data.dataset import Part
from kdstudio.methods.losses import IGNORE
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of
from kdstudio.models.tasks import Answering
from kdstudio.recipe.recipe import PROBES, Recipe
from kdstudio.recipe.stages import STUDENT, chain, names
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import Tensors, load
from kdstudio.training.cache_choice import cache_told
from kdstudio.training.device import choose_device
from kdstudio.training.group import ALONE, Group
from kdstudio.training.layers import NO_LAYERS, LayerShapes
from kdstudio.training.matched import Targets, told
from kdstudio.training.opened import Ready
from kdstudio.training.opening import open_recipe
from kdstudio.training.passages import answered_part, cut, passages_of
from kdstudio.training.precision import allow_tf32, precision_of
from kdstudio.training.provenance import provenance
from kdstudio.training.recorded import LOOKED_AT
from kdstudio.training.recorded_parts import recorded_answers, recorded_parts
from kdstudio.training.resolving import made_quick, place, placed_copy, resolved, set_threads, sized, timed
from kdstudio.training.sharing_problems import of_devices, problems_of
from kdstudio.training.signs import of_temperatures
from kdstudio.training.stages import stage_recipe
from kdstudio.training.teacher_cache import answered


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
    recorded: Targets | None = None  # what a teacher's recorded answers say of the training inputs
    shapes: LayerShapes = NO_LAYERS
    peers: tuple[Model, ...] = ()  # that learn beside the student
    average: Model | None = None  # of the student itself
    learner: str = STUDENT  # what the student is called: in an earlier stage `assistant1`, `generation0` …
    from_labels: bool = False  # whether it is the first generation, which learns from the labels alone
    keeps_answers: bool = True  # whether a teacher's answers may be kept for other runs
    group: Group = ALONE
    stages: "tuple[Setup, ...]" = ()  # those before; the teacher of all but the first is the one before it


def prepare(recipe: Recipe, folder: Path, group: Group = ALONE) -> Generator[Event, object, Setup]:
    """Open everything, resolve the recipe and write recipe.json, classes.json and provenance.json into the run folder.

    Raises InvalidRecipe with everything that is wrong. The thread count is set here, in the thread that trains. Of
    several processes each opens everything, and the first writes.
    """
    opened = open_recipe(recipe.model_copy(update={"devices": group.here}))
    yield from _told(problem for problem in opened.problems if problem.severity != "error")
    yield from _told(of_devices(recipe.devices, group))
    ready = opened.ready()
    device = group.device or choose_device(recipe.device)
    yield from _told([*cache_told(ready, ready.recipe), *problems_of(group, ready)])
    recipe = group.tell(resolved(ready, device))
    set_threads(recipe, device, group)
    allow_tf32(precision_of(recipe))
    train, validation, test = yield from _loaded(ready, device)
    if recipe.batch_size == "auto":
        recipe = yield from sized(recipe, ready, train, device)
        recipe = group.tell(recipe)
        set_threads(recipe, device, group)
    parts = {"train": train, "validation": validation, "test": test}
    recorded = recorded_parts(ready, parts)
    stored = _stored(ready) | recorded_answers(recorded, parts, ready.dataset.class_names)
    answers = stored.get("validation") or (yield from _validated(ready, validation, recipe, device, group))
    if recipe.probes == "auto":
        recipe = recipe.model_copy(update={"probes": _probes(answers, validation)})
    yield from _told(() if answers is None else of_temperatures(recipe.methods, answers))
    recipe = yield from _tuned(recipe, ready, train, device, group)
    setup = _assembled(recipe, ready, (train, validation, test), stored, answers, RunFolder(folder), device, group)
    if "train" in recorded:
        setup.recorded = recorded["train"]
        setup.stages = tuple(replace(stage, recorded=setup.recorded) for stage in setup.stages)
        is_new = len(train) > LOOKED_AT and len(setup.recorded.tokens) > 0  # a form looks at some answers alone
        yield from _told([told(setup.recorded)] if is_new else [])
    try:
        _write_head(setup, ready)
    except OSError as error:
        raise cannot_write(folder, error) from error
    group.wait()
    return setup


def _tuned(
    recipe: Recipe, ready: Ready, train: Tensors, device: torch.device, group: Group
) -> Generator[Event, object, Recipe]:
    """Return the recipe with the number format, and whether steps are compiled, as a few steps show to be best."""
    recipe, told = yield from timed(recipe, ready, train, device)
    if group.split is not None and recipe.precision == "float16":  # which is refused where it was asked for
        recipe, told = recipe.model_copy(update={"precision": "float32"}), []
    recipe = group.tell(recipe)
    allow_tf32(precision_of(recipe))
    yield from _told(told)
    recipe, told = yield from made_quick(recipe, ready, train, device, group)
    yield from _told(told)
    return recipe


def _assembled(
    recipe: Recipe,
    ready: Ready,
    parts: tuple[Tensors, Tensors, Tensors],
    stored: dict[str, Predictions],
    answers: Predictions | None,
    folder: RunFolder,
    device: torch.device,
    group: Group,
) -> Setup:
    """Put what was opened and resolved together, with a copy of the student for each learner."""
    labelled = _hide_labels(parts[0], ready.splits.labelled)
    has_baseline = recipe.baseline and len(labelled) > 0 and ready.is_taught
    averages = any(one.kind == "ema" for one in recipe.teachers)
    setup = Setup(
        recipe=recipe,
        folder=folder,
        device=device,
        class_names=ready.dataset.class_names,
        train=parts[0],
        validation=parts[1],
        test=parts[2],
        labelled=labelled,
        student=placed_copy(ready.student, device),
        baseline=placed_copy(ready.plain or ready.student, device) if has_baseline else None,
        teacher=ready.teacher,
        stored=stored,
        teacher_predictions=answers,
        augmentation=Augmentation(recipe.augmentation, recipe.seed),
        shapes=ready.shapes,
        peers=tuple(placed_copy(peer, device) for peer in ready.peers),
        average=placed_copy(ready.student, device) if averages else None,
        keeps_answers=ready.recipe.teacher_cache is not False,
        group=group,
    )
    setup.stages = _stages(setup, ready)
    return setup


def _told(problems: Iterable[Problem]) -> Generator[Event, object, None]:
    for problem in problems:
        yield Noticed(problem=problem)


def _stages(setup: Setup, ready: Ready) -> tuple[Setup, ...]:
    """Return the stages before the last, each a whole setup with a learner and a recipe of its own."""
    recipe, found = setup.recipe, []
    called = names(chain(recipe.stages, recipe.teachers))
    for at, stage in enumerate(ready.stages):
        own = stage_recipe(recipe, at)
        caches = recipe.teacher_cache and not stage.shapes.teacher  # only answers are stored
        found.append(
            replace(
                setup,
                recipe=own.model_copy(update={"teacher_cache": caches}),
                student=placed_copy(stage.model, setup.device),
                baseline=None,
                shapes=stage.shapes,
                learner=called[at],
                from_labels=not own.teachers,
            )
        )
    return tuple(found)


def _validated(
    ready: Ready, validation: Tensors, recipe: Recipe, device: torch.device, group: Group
) -> Generator[Event, object, Predictions | None]:
    """Move the teacher to the device and let it answer the validation inputs; None where there is none yet."""
    if ready.teacher is None:
        return None
    place(ready.teacher, device)
    names, keeps = ready.dataset.class_names, ready.recipe.teacher_cache is not False
    answers = answered(ready.teacher, validation, names, recipe, split="validation", keeps=keeps)
    return (yield from group.first(answers))


def _loaded(ready: Ready, device: torch.device) -> Generator[Event, object, tuple[Tensors, Tensors, Tensors]]:
    """Read training, validation and test inputs onto the device, prepared for each model of the run."""
    models = [ready.student, *ready.peers, *([ready.teacher] if ready.teacher is not None else [])]
    models += [stage.model for stage in ready.stages]
    preparations = {how for model in models for how in model.preparations}

    def elsewhere(part: Part) -> dict[str, Part]:
        return {source: pairing.seen(part) for source, pairing in ready.pairings.items()}

    own, held, last = ready.splits.train, ready.splits.validation, ready.splits.test
    reader = tokens_of(ready.student) if ready.student.per_token else None
    train = yield from load(own, device, "training", preparations, elsewhere(own), reader)
    if ready.dataset.task == "regression":
        train = replace(train, scale=torch.tensor(_deviations(ready), device=device))
    validation = yield from load(held, device, "validation", preparations, elsewhere(held), reader)
    test = yield from load(last, device, "test", preparations, elsewhere(last), reader)
    validation, told = answered_part(validation, ready.student.spec.classes, "validation")
    test, more = answered_part(test, ready.student.spec.classes, "test")
    yield from _told([*cut(train, "training"), *told, *more])
    return train, validation, test


def _deviations(ready: Ready) -> tuple[float, ...]:
    """Return the standard deviation of each number to predict, in which errors are measured."""
    if ready.student.output.scale:
        return ready.student.output.scale
    return Answering.of("regression", ready.splits.train.targets[ready.splits.train.known]).output.scale


def _hide_labels(train: Tensors, labelled: np.ndarray) -> Tensor:
    """Take the label from each input that `labelled` (N,) bool leaves out; return the positions (n,) of the others."""
    device = train.targets.device
    nothing = float("nan") if train.targets.is_floating_point() else IGNORE
    train.targets[torch.from_numpy(np.flatnonzero(~labelled)).to(device)] = nothing
    return torch.from_numpy(np.flatnonzero(labelled)).to(device)


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
    if validation.reader is not None:
        return ()
    if teacher is None:
        return tuple(int(row) for row in validation.index[:PROBES].cpu())
    if teacher.task == "regression":
        return tuple(int(row) for row in teacher.index[spread_over(len(teacher.index), PROBES)])
    return tuple(int(teacher.index[position]) for position in most_ambiguous(teacher, PROBES))


def _write_head(setup: Setup, ready: Ready) -> None:
    folder = setup.folder
    if not setup.group.is_first:
        return
    folder.path.mkdir(parents=True, exist_ok=True)
    write_json(folder.path / "classes.json", {"class_names": list(setup.class_names)})
    for split, data in (("validation", setup.validation), ("test", setup.test)):
        if data.reader is not None:
            passages_of(data).save(folder.passages(split))
    write_json(folder.provenance, provenance(setup.recipe, ready) | {"devices": setup.group.told()})
    write_json(folder.recipe, setup.recipe.to_value())  # last: a folder with a recipe has all of its head
