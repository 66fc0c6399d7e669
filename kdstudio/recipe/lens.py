"""The temperature at which transfer is measured and first looked at."""

from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.recipe.recipe import Recipe


def lens(recipe: Recipe) -> float:
    """Return that of the first method with one, else 4; 1 for language models, whose answers are soft already."""
    written = (choice.knobs.get("temperature") for choice in recipe.methods)
    found = next((value for value in written if isinstance(value, int | float)), None)
    return float(found) if found is not None else 1.0 if recipe.task == NEXT_TOKEN else 4.0
