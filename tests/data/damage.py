"""Files as broken disks and broken downloads leave them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np


def cut_off(path: Path, most: int = 60) -> Iterator[int]:
    """Leave a file cut off at places from its beginning to its end, one after the other, and give each place."""
    content = path.read_bytes()
    for end in range(0, len(content), max(1, len(content) // most)):
        path.write_bytes(content[:end])
        yield end


def bits_flipped(path: Path, times: int, bits: int) -> Iterator[int]:
    """Leave a file with a few bits flipped at random, `times` times anew, and count them."""
    content, draw = path.read_bytes(), np.random.default_rng(0)
    for time in range(times):
        spoiled = bytearray(content)
        for at in draw.integers(0, len(content), bits):
            spoiled[at] ^= 1 << int(draw.integers(8))
        path.write_bytes(spoiled)
        yield time
