"""Tiny data of every kind, written with what Python brings along, and a distilled run on each."""

import csv
import wave
from pathlib import Path

import numpy as np

from tests.small_task import quick_recipe, trained

STUDENTS = {
    "text": ("text_bag", {"width": 4}),
    "table": ("mlp", {"hidden": [4]}),
    "audio": ("small_cnn", {"width": 2}),
}
SOFT = [{"method": "hard_labels", "weight": 0.2}, {"method": "soft_targets", "weight": 0.8, "temperature": 4.0}]
_TOPICS = {"sea": ("wave", "ship", "salt", "gull"), "wood": ("tree", "moss", "fern", "deer")}


def write_texts(folder: Path) -> Path:
    """100 sentences about two topics, with a few words of the other one among them."""
    draw = np.random.default_rng(1)
    with open(folder / "texts.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for at in range(100):
            topic = list(_TOPICS)[at % 2]
            other = _TOPICS["wood" if topic == "sea" else "sea"]
            words = [*draw.choice(_TOPICS[topic], 5), *draw.choice(other, 2), f"number {at}"]
            rows.writerow([" ".join(words) + ".", topic])
    return folder / "texts.csv"


def write_table(folder: Path) -> Path:
    """120 people: two numbers, one category, some values missing."""
    draw = np.random.default_rng(2)
    with open(folder / "people.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["age", "hours", "work", "income"])
        for at in range(120):
            age, hours = int(draw.integers(18, 80)), round(float(draw.uniform(5, 60)), 1)
            income = "high" if age + hours + draw.normal(0, 10) > 80 else "low"
            rows.writerow([age, "" if at % 10 == 0 else hours, ("office", "field")[at % 2], income])
    return folder / "people.csv"


def write_sounds(folder: Path) -> Path:
    """80 clips of a fifth of a second: low and high tones in noise."""
    draw = np.random.default_rng(3)
    times = np.arange(1600) / 8000
    for name, low in (("high", 1200), ("low", 300)):
        (folder / "sounds" / name).mkdir(parents=True)
        for at in range(40):
            clip = 0.5 * np.sin(2 * np.pi * draw.uniform(low, 2 * low) * times) + draw.normal(0, 0.1, len(times))
            with wave.open(str(folder / "sounds" / name / f"{at:02}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes((np.clip(clip, -1, 1) * 32767).astype("<i2").tobytes())
    return folder / "sounds"


WRITE = {"text": write_texts, "table": write_table, "audio": write_sounds}


def distilled(folder: Path, kind: str) -> Path:
    """Write data of a kind, train a teacher for a moment, and return the run of a student that learned from it."""
    architecture, knobs = STUDENTS[kind]
    value = quick_recipe(
        "",
        data={"path": str(WRITE[kind](folder)), "validation": 0.25, "test": 0.25},
        student={"architecture": architecture, "knobs": knobs},
        optimizer={"name": "adamw", "learning_rate": 0.01},
        epochs=2,
        batch_size=16,
    )
    teacher = trained(value, folder / "teacher")
    best = str(teacher / "checkpoints" / "best" / "student.safetensors")
    return trained(value | {"teachers": [{"path": best}], "methods": SOFT, "baseline": True}, folder / "run")
