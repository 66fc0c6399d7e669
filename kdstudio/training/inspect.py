"""What any file or folder is: the one answer that `kdstudio inspect`, a drop and the Setup page share."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from kdstudio.core.errors import KdStudioError, Problem
from kdstudio.core.layout import RunFolder
from kdstudio.data.inspect import inspect as inspect_data
from kdstudio.data.inspect import inspect_answers
from kdstudio.data.labels import AUTO
from kdstudio.data.sniff import ANSWERS, sniff
from kdstudio.models.inspect import inspect as inspect_model
from kdstudio.models.said import NOTHING
from kdstudio.recipe.choices import Said
from kdstudio.recipe.item import Item
from kdstudio.recipe.recipe import Recipe, load
from kdstudio.training.cache_choice import cache_told
from kdstudio.training.learner import label_terms
from kdstudio.training.opening import open_recipe
from kdstudio.training.pulls import pulls


def inspect(
    path: Path,
    target: str = AUTO,
    parts: Mapping[str, str] = MappingProxyType({}),
    *,
    task: str = AUTO,
    said: Said = NOTHING,
    timed: bool = False,
) -> Item:
    """Say what a path is. Nothing is raised for a bad file: what is wrong stands in the item's problems.

    Of data `target` is the column of the classes, `parts` are the files of validation and test, and `task` is what is
    to be learned from it. Of a model the network is as it is `said` to be, and the latency is measured where it is to
    be `timed`; so is what each method of a recipe would count in its first step.
    """
    sighting = sniff(path)
    if sighting.format == ANSWERS:
        return inspect_answers(path)
    if sighting.role == "model":
        return inspect_model(path, said=said, timed=timed)
    if sighting.role == "data":
        return inspect_data(path, target, parts, task)
    if sighting.role == "run":
        return _recipe(RunFolder(path).recipe).model_copy(update={"path": str(path), "role": "run", "title": path.name})
    if sighting.role == "recipe":
        return _recipe(path, weighed=timed)
    if sighting.role == "project":
        return Item(path=str(path), role="project", format="kdproj", title=path.name)
    hint = (
        "Models: weights (.pt, .safetensors), ONNX, TorchScript, a Hugging Face folder. Data: images, sounds, texts or "
        "tables, in folders, archives or files."
    )
    problem = Problem(message=sighting.reason, hint=hint, where=str(path))
    return Item(path=str(path), role="unknown", format=sighting.format, title=path.name, problems=(problem,))


def _recipe(path: Path, *, weighed: bool = False) -> Item:
    item = Item(path=str(path), role="recipe", format="JSON", title=path.name)
    try:
        recipe = load(path)
        methods = ", ".join(choice.method for choice in recipe.methods)
        item = item.model_copy(update={"title": f"{recipe.epochs} epochs of {methods}"})
        return _weighed(item, recipe) if weighed else item
    except KdStudioError as error:
        return item.model_copy(update={"problems": tuple(error.problems)})


def _weighed(item: Item, recipe: Recipe) -> Item:
    """Return a recipe's item with how much of the gradient each method would have in the first step."""
    opened = open_recipe(recipe)
    ready = opened.ready()
    told = pulls(ready)
    labels = [label for label, _ in label_terms(recipe.methods, [choice.method for choice in recipe.methods])]
    update = {
        "pulls": dict(zip(labels, told.shares, strict=False)),
        "pull_note": told.note,
        "problems": (*opened.problems, *cache_told(ready, opened.recipe), *told.problems),
    }
    return item.model_copy(update=update)
