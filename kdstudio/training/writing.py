"""A corpus that a teacher writes, for sequence-level distillation (Kim, Rush 2016): resumable, a batch at a time."""

import os
from collections.abc import Generator, Sequence
from pathlib import Path

import torch

from kdstudio.core.errors import ModelError, RunError
from kdstudio.core.events import Event, Progress
from kdstudio.models.source import load
from kdstudio.models.writing import write

TOGETHER = 32  # texts that are written at once
END = "\n<|endoftext|>\n"  # what readers of running text know as the end of a document


def write_corpus(
    teacher: Path, to: Path, count: int, beginnings: Sequence[str], most: int, temperature: float, seed: int
) -> Generator[Event, object, int]:
    """Write `count` texts into the file `to`, going on where an earlier call with the same values ended.

    Text n goes on from `beginnings[n % len]`, "" where there are none, and depends on the seed and its batch alone.
    Returns how many were written now. Raises ModelError where the teacher is no language model.
    """
    model = load(teacher)
    if not model.per_token:
        raise ModelError("the model classifies and does not write", hint="Choose a causal language model.")
    done = _whole(to)
    first = done
    while done < count:
        size = min(TOGETHER, count - done)
        starts = [beginnings[n % len(beginnings)] if beginnings else "" for n in range(done, done + size)]
        generator = torch.Generator().manual_seed((seed + 1) * 1_000_003 + done)
        texts = write(model, starts, most, temperature, generator)
        try:
            with open(to, "a", encoding="utf-8") as file:
                file.write("".join(f"{text.strip()}{END}" for text in texts))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            hint = "Choose another place, or make room."
            raise RunError(f"{to} cannot be written: {error.strerror or error}", hint=hint) from error
        done += size
        yield Progress(done=done, total=count, doing="Writing texts")
    return done - first


def _whole(path: Path) -> int:
    """Return how many texts of whole batches are in a file, and cut off what a kill has torn."""
    if not path.exists():
        return 0
    parts = path.read_text(encoding="utf-8", errors="replace").split(END)
    kept = (len(parts) - 1) // TOGETHER * TOGETHER
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"{part}{END}" for part in parts[:kept]))
    return kept
