"""What a recipe shows its learners beside the data's own inputs, checked before a run."""

from kdstudio.core.errors import Problem
from kdstudio.data.dataset import Kind
from kdstudio.methods.catalogue import METHODS
from kdstudio.models.model import NAMES
from kdstudio.recipe.recipe import Recipe

_OWN_LABELS = "hard_labels"  # which take both labels of a blend


def of_transfer(recipe: Recipe, kind: Kind) -> list[Problem]:
    """Return why blends and noise cannot be used with this kind of data, and what methods do not see of them."""
    choice = recipe.augmentation
    if not choice.is_mixing:
        return []
    if kind != "image":
        message = f"only images can be mixed or replaced by noise, and this data is {NAMES[kind]}"
        hint = "Set augmentation.mixup and augmentation.noise to 0."
        return [Problem(message=message, hint=hint, where="augmentation")]
    problems = []
    unlabelled = choice.noise + (1 - choice.noise) * choice.mixup
    for where, one in recipe.every_method:
        if one.method not in METHODS or not METHODS[one.method].needs.labels:
            continue
        share = choice.noise if one.method == _OWN_LABELS else unlabelled
        if share == 1:
            message = f"{one.method} needs labels, and every image is mixed or noise"
            hint = "Lower augmentation.mixup or augmentation.noise, or remove this method."
            problems.append(Problem(message=message, hint=hint, where=where))
        elif share > 0:
            message = (
                f"{one.method} skips the {100 * share:.0f} % of images that are mixed or noise: they have no one label"
            )
            problems.append(Problem(message=message, where=where, severity="note"))
    if choice.noise > 0 and not any(
        one.method in METHODS and METHODS[one.method].needs.teacher for _, one in recipe.every_method
    ):
        message = "noise images have no label, and without a teacher nobody says what to answer to them"
        hint = "Set augmentation.noise to 0, or add a teacher and a method that listens to it."
        problems.append(Problem(message=message, hint=hint, where="augmentation", severity="warning"))
    return problems
