"""The student architectures as the window and the terminal know them: name, words, and the schema of the knobs."""

from kdstudio.models.build import ARCHITECTURES
from kdstudio.recipe.problems import Entry


def students() -> tuple[Entry, ...]:
    """Return one entry for each architecture of the zoo, sorted by name."""
    return tuple(
        Entry(
            name=name,
            family=architecture.family,
            title=architecture.title,
            paper=architecture.paper,
            help=architecture.help,
            knobs=architecture.model_json_schema(),
            takes=architecture.takes,
        )
        for name, architecture in ARCHITECTURES.items()
    )
