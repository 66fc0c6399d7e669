"""The student architectures as the window and the terminal know them: name, words, and the schema of the knobs."""

from functools import cache

from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.zoo.base import Architecture
from kdstudio.recipe.problems import Entry


def students() -> tuple[Entry, ...]:
    """Return one entry for each architecture of the zoo, sorted by name."""
    return tuple(_entry(name, architecture) for name, architecture in ARCHITECTURES.items())


@cache
def _entry(name: str, architecture: type[Architecture]) -> Entry:
    return Entry(
        name=name,
        family=architecture.family,
        title=architecture.title,
        paper=architecture.paper,
        help=architecture.help,
        knobs=architecture.model_json_schema(),
        takes=architecture.takes,
    )
