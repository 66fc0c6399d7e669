"""The methods by name, as classes for training and as schemas for the window and the terminal."""

from functools import cache

from kdstudio.core.registry import Registry
from kdstudio.methods.base import Method, knobs_schema
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.problems import Entry

METHODS: Registry[type[Method]] = Registry("kdstudio.methods", "METHOD")


def entries() -> tuple[Entry, ...]:
    """Return every method as the window and the terminal know it."""
    return tuple(_entry(name, method) for name, method in METHODS.items())


@cache  # a tenth of a second for all of them, at each check of a recipe
def _entry(name: str, method: type[Method]) -> Entry:
    return Entry(
        name=name,
        family=method.family,
        title=method.title,
        paper=method.paper,
        help=method.help,
        knobs=knobs_schema(method),
        needs_teacher=method.needs.teacher,
        needs_labels=method.needs.labels,
        needs_layers=method.needs.layers,
        tasks=method.tasks,
        weight=method.model_fields["weight"].default,
    )


def method(choice: MethodChoice) -> Method:
    """Return the method that a recipe chose, with its knobs; they were checked by `recipe.problems`."""
    return METHODS[choice.method](weight=choice.weight, **choice.knobs)
