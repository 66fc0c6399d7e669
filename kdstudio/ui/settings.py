"""What the window remembers about a person between two starts: theme, geometry, recent projects, splitters."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kdstudio.core.files import write_json
from kdstudio.core.paths import settings_folder

RECENT = 8  # projects that are remembered


class Remembered(BaseModel):
    """The values. Keys that this kdstudio does not know are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    theme: Literal["system", "dark", "light"] = "system"
    scale: float = Field(1.0, ge=0.8, le=2.0)
    reduce_motion: bool = False
    single_keys: bool = True
    geometry: str = ""  # QMainWindow.saveGeometry as base64
    recent: tuple[str, ...] = ()  # project files, the last opened first
    splitters: dict[str, tuple[int, ...]] = {}  # pixels by the name of the splitter
    compare_columns: dict[str, bool] = {}  # columns that were shown or hidden by hand
    compare_pinned: tuple[str, ...] = ()  # columns that stand first
    compare_order: tuple[str, ...] = ()  # columns as they were dragged
    compare_hides_equal: bool = True


class Settings:
    """The person's settings file, read once and written with every change, atomically.

    A damaged or missing file means defaults. Where nothing can be written (a full or read-only disk) the values last
    until the window closes.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings_folder() / "settings.json"
        self.value = _read(self.path)

    def __getitem__(self, key: str) -> Any:
        return getattr(self.value, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.change(**{key: value})

    def change(self, **changes: Any) -> None:
        """Set values and write the file; raises pydantic's ValidationError for values that are none."""
        self.value = Remembered.model_validate(self.value.model_dump() | changes)
        self.save()

    def reset(self) -> None:
        """Forget layout and recent files."""
        self.change(geometry="", recent=(), splitters={})

    def save(self) -> None:
        """Write the file."""
        try:
            write_json(self.path, self.value.model_dump(mode="json"), durable=False)
        except OSError:
            return

    def remember(self, file: Path) -> None:
        """Put a project at the top of the recent ones."""
        path = str(file.absolute())
        others = tuple(other for other in self.value.recent if other != path)
        self.change(recent=(path, *others)[:RECENT])

    def recent_projects(self) -> list[Path]:
        """Return the recent projects that are still there, the last opened first."""
        return [path for path in map(Path, self.value.recent) if path.exists()]


def _read(path: Path) -> Remembered:
    try:
        return Remembered.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Remembered()
