"""The question about the insides of a run's models: opened, asked about test inputs, written into the run's folder."""

from dataclasses import replace
from pathlib import Path

from kdstudio.core.errors import DataError, RunError
from kdstudio.core.files import cannot_write
from kdstudio.core.layout import RunFolder
from kdstudio.models.model import Model
from kdstudio.project.layers import best_digest, write_layers
from kdstudio.project.sensitivity import write_sensitivity
from kdstudio.recipe.choices import PruneUnit
from kdstudio.recipe.recipe import parse, read_json
from kdstudio.training.layers_compared import compare_layers, unseen
from kdstudio.training.opened import Opened, Opener
from kdstudio.training.opening import open_recipe
from kdstudio.training.sensitivity import measure_sensitivity


def compare_inside(folder: RunFolder, opener: Opener) -> str:
    """Compare the layers of a run's teacher, best student and baseline, and write what was found into its folder.

    Returns why their layers cannot be seen, as a clause, "" where they can. Raises KdStudioError where the teacher or
    the data cannot be opened.
    """
    recipe = parse(read_json(folder.recipe))
    best = folder.checkpoint("best")
    checkpoint = best_digest(folder)
    if not checkpoint:
        raise RunError("This run has no best student yet.", hint="Wait for its end, or resume it.")
    opened = open_recipe(recipe, opener)
    if opened.teacher is None or opened.splits is None or opened.dataset is None:
        raise _gone(opened)
    part = opened.splits.test
    models: dict[str, Model] = {"teacher": opened.teacher}
    for who in ("student", "baseline"):
        if (path := best / f"{who}.safetensors").exists():
            models[who] = opener.load(path).suited(part.inputs)
    if note := unseen(models):
        return note
    compared = compare_layers(models, part, opened.dataset.class_names, opened.dataset.task, recipe.seed)
    try:
        write_layers(folder, replace(compared, checkpoint=checkpoint))
    except OSError as error:
        raise cannot_write(folder.layers, error) from error
    return ""


def measure_layers(folder: RunFolder, unit: PruneUnit, opener: Opener) -> None:
    """Measure what a run's best student loses without channels or weights of one layer, and write it into its folder.

    Raises KdStudioError where it cannot be pruned so, or the data cannot be opened.
    """
    checkpoint = best_digest(folder)  # a run that goes on makes another one
    found = measure_sensitivity(folder, unit, opener)
    try:
        write_sensitivity(folder, replace(found, checkpoint=checkpoint))
    except OSError as error:
        raise cannot_write(folder.sensitivity(unit), error) from error


def _gone(opened: Opened) -> DataError:
    """Return what to tell where the teacher or the data cannot be opened any more."""
    paths = [choice.path for choice in opened.recipe.teachers] + [opened.recipe.data.path]
    missing = [str(path) for path in paths if path and not Path(path).exists()]
    if missing:
        hint = "Put it back to where it was when the run was trained, then try again."
        return DataError(f"{' and '.join(missing)} cannot be found any more.", hint=hint)
    told = " ".join(problem.message for problem in opened.errors)
    return DataError("The teacher or the data cannot be opened any more.", hint=told)
