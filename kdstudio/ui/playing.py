"""Playing a clip: it is written as a WAV file, which the system's own player opens."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices

from kdstudio.data.face import Face
from kdstudio.data.sound.clips import write_wav


def play(face: Face, name: str) -> str:
    """Hand a sound to the system's player; return what went wrong, or nothing."""
    if face.sound is None:
        return "This input is no sound."
    path = Path(_folder().filePath(f"{name}.wav"))
    try:
        write_wav(face.sound, face.rate, path)
    except OSError as error:
        return f"The clip cannot be written: {error.strerror or error}."
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        return f"No program on this computer opens WAV files. The clip lies in {path}."
    return ""


@cache
def _folder() -> QTemporaryDir:
    """The clips of this session; the folder goes when the program ends."""
    return QTemporaryDir()
