"""The catalogue of methods and students, kept between starts so that Setup draws before the engine is up."""

from typing import Any

from kdstudio import __version__
from kdstudio.core.files import write_json
from kdstudio.core.paths import cache_folder
from kdstudio.recipe.problems import Catalogue

_FILE = f"catalogue-{__version__}.json"


def read_catalogue() -> Catalogue:
    """Return what the engine said last time; empty before the first time."""
    try:
        return Catalogue.model_validate_json((cache_folder() / _FILE).read_bytes())
    except (OSError, ValueError):
        return Catalogue()


def write_catalogue(value: dict[str, Any]) -> None:
    """Keep what the engine said."""
    write_json(cache_folder() / _FILE, value, durable=False)
