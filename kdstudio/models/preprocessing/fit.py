"""Which preprocessing a new student of this data gets, and reading back a stored one."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from kdstudio.data.dataset import Part
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.rows import RowPreprocessing
from kdstudio.models.preprocessing.table import TablePreprocessing
from kdstudio.models.preprocessing.text import WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing


def fitted(part: Part) -> Preprocessing:
    """Return the preprocessing for a student of `part`, measured on `part` alone: it must not see other inputs."""
    kinds: dict[str, Any] = {
        "image": ImagePreprocessing,
        "text": WordPreprocessing,
        "table": TablePreprocessing,
        "audio": LogMelPreprocessing,
    }
    made: Preprocessing = kinds[part.inputs.kind].of(part)
    return made


def _kind(value: Any) -> str:
    found = value.get("kind", "image") if isinstance(value, dict) else getattr(value, "kind", "")
    return str(found)  # early files had images alone and no kind


Stored = Annotated[
    Annotated[ImagePreprocessing, Tag("image")]
    | Annotated[WordPreprocessing, Tag("words")]
    | Annotated[TokenPreprocessing, Tag("tokens")]
    | Annotated[TablePreprocessing, Tag("table")]
    | Annotated[RowPreprocessing, Tag("rows")]
    | Annotated[LogMelPreprocessing, Tag("log_mel")]
    | Annotated[WaveformPreprocessing, Tag("waveform")],
    Discriminator(_kind),
]
"""Any preprocessing, as it is written into files."""
