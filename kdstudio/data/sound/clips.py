"""Writing a clip so that any player opens it."""

import io
import wave
from pathlib import Path

import numpy as np

from kdstudio.core.files import write_bytes


def write_wav(samples: np.ndarray, rate: int, path: Path) -> None:
    """Write mono samples (S,) in −1..1 as 16-bit WAV, atomically; what is louder is cut. Raises OSError."""
    whole = np.round(np.clip(np.nan_to_num(samples), -1, 1) * 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    write_bytes(path, buffer.getvalue(), durable=False)
