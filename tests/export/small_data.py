"""Small data of other kinds than pictures: a table, texts and sounds."""

import csv
import wave
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris


def write_table(path: Path) -> Path:
    """Write scikit-learn's iris with a category and missing values, as a person might keep it."""
    bunch = load_iris()
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*bunch.feature_names, "grown", "species"])
        for i, (row, target) in enumerate(zip(bunch.data, bunch.target, strict=True)):
            cells: list[Any] = [f"{value:g}" for value in row]
            cells[i % 4] = "?" if i % 9 == 0 else cells[i % 4]
            writer.writerow([*cells, ("indoors", "in the\ngarden", "")[i % 3], bunch.target_names[target]])
    return path


def write_reviews(path: Path, count: int = 240) -> Path:
    """Write sentences that one word decides."""
    rng = np.random.default_rng(0)
    words = {"good": ["lovely", "fine", "moving"], "bad": ["dull", "silly", "don't"]}
    lines = ["text,label"]
    for i in range(count):
        label = ("good", "bad")[i % 2]
        chosen = [str(rng.choice(words[label])), str(rng.choice(["film", "plot", "scène"]))]
        lines.append(
            f'"The {chosen[1]} was {chosen[0]}, and {rng.choice(["long", "short", "loud"])} {i % 40}!",{label}'
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_wave(path: Path, samples: np.ndarray, rate: int, width: int = 2) -> Path:
    """Write samples (S, channels) in −1..1 as PCM of `width` bytes."""
    whole = np.rint(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64) + (128 if width == 1 else 0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(whole.astype("<i8").view(np.uint8).reshape(*whole.shape, 8)[..., :width].tobytes())
    return path


def tone(pitch: float, rate: int, seconds: float = 0.25) -> np.ndarray:
    """Return a tone (samples, 1) in −1..1."""
    return 0.6 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)[:, None]


def write_sounds(folder: Path) -> Path:
    """Write low and high tones, a folder for each."""
    for name, pitch in (("low", 300), ("high", 1500)):
        (folder / name).mkdir(parents=True)
        for i in range(30):
            write_wave(folder / name / f"{i}.wav", tone(pitch + 10 * i, 8000), 8000)
    return folder
