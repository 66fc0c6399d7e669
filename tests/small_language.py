"""A small task for a language model: lines of words that a tiny tokenizer knows, a tiny teacher, and a quick recipe."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.models.text_networks import TEXTS, write


def write_lines(file: Path, count: int = 260) -> Path:
    """Write lines of different lengths: random words, so that there is little to learn but their frequency."""
    draw, words = np.random.default_rng(0), sorted({word for text in TEXTS for word in text.split()})
    lines = (" ".join(draw.choice(words, draw.integers(4, 20))) for _ in range(count))
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def write_teller(folder: Path) -> Path:
    """Write a causal language model of transformers, with random weights."""
    return write(folder, "Llama", "ForCausalLM")


def language_recipe(place: Path, /, **changes: object) -> dict[str, Any]:
    """Return a recipe whose teacher and lines are written into the folder `place`; any key can be changed."""
    return {
        "data": {"path": str(write_lines(place / "lines.txt")), "validation": 0.1, "limit": 96},
        "teachers": [{"path": str(write_teller(place / "teller"))}],
        "student": {"architecture": "tiny_transformer", "knobs": {"width": 16, "layers": 1, "heads": 2}},
        "methods": [{"method": "hard_labels", "weight": 0.5}, {"method": "token_kl", "weight": 0.5}],
        "epochs": 2,
        "batch_size": 32,
        "threads": 1,
        "device": "cpu",
    } | changes


def write_exchanges(file: Path, count: int = 160, **more: object) -> Path:
    """Write prompts with answers of random words as JSONL, each with the same `more`."""
    draw, words = np.random.default_rng(0), sorted({word for text in TEXTS for word in text.split()})
    rows = (
        {"prompt": " ".join(draw.choice(words, 5)), "response": " ".join(draw.choice(words, draw.integers(2, 9)))}
        for _ in range(count)
    )
    file.write_text("".join(f"{json.dumps(row | more)}\n" for row in rows), encoding="utf-8")
    return file
