"""Sounds in a folder, a zip or a tar: the class from sub-folders, from a table of labels, or from the file names."""

from pathlib import Path
from typing import ClassVar

from kdstudio.data import magic
from kdstudio.data.dataset import Dataset
from kdstudio.data.labels import AUTO
from kdstudio.data.sound.decoding import has_sound_name, sound_kind
from kdstudio.data.sound.sound_set import sound_set
from kdstudio.data.stores.opening import first_names, open_store

_LOOK = 24  # entries of a folder that sniffing looks at


class AudioReader:
    """Reads sounds; nothing is unpacked to the disk."""

    title: ClassVar[str] = "a folder, zip or tar of sounds (WAV; FLAC, Ogg and MP3 with the package soundfile)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Fairly sure where folders hold sounds or most members of an archive are called like sounds."""
        if path.is_dir():
            return 0.85 if _holds_sound(path, depth=3) else 0.0
        files = first_names(path)
        found = sum(map(has_sound_name, files))
        return 0.85 if found and 2 * found >= len(files) else 0.0

    @staticmethod
    def read(path: Path) -> Dataset:
        """List the sounds and read their headers; they are decoded when they are asked for."""
        return AudioReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Do so with the classes in a column of the table beside the sounds, or in the `second` part of their names."""
        store, form = open_store(path)
        return sound_set(path, f"sound {form}", store, target)


READER = AudioReader


def _holds_sound(folder: Path, *, depth: int) -> bool:
    """Whether at least half of the first files of a folder are sounds, or those of a folder in it."""
    inside = magic.first_entries(folder, _LOOK)
    files = [entry for entry in inside if entry.is_file()]
    sounds = sum(sound_kind(magic.head(Path(entry.path), 16)) is not None for entry in files)
    if sounds and 2 * sounds >= len(files):
        return True
    return depth > 0 and any(_holds_sound(Path(e.path), depth=depth - 1) for e in inside if e.is_dir())
