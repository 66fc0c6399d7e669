"""Small real files of every format, written by the tests that read them."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kdstudio.data.stores import unpacked


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of this test alone for unpacked tars."""
    monkeypatch.setattr(unpacked, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def images() -> np.ndarray:
    """(40, 6, 6) uint8; image i is dark but for its first pixel, which is i, and its last, which is 255."""
    array = np.zeros((40, 6, 6), dtype=np.uint8)
    array[:, 0, 0] = np.arange(40)
    array[:, -1, -1] = 255
    return array


@pytest.fixture
def labels() -> np.ndarray:
    """(40,) int64 of four classes in turn."""
    return np.arange(40) % 4


@pytest.fixture
def write_idx() -> Callable[..., Path]:
    """Write an array as an IDX file; gzipped where the name ends so."""

    def write(path: Path, array: np.ndarray, code: int = 8) -> Path:
        big = array.astype({8: "u1", 12: ">i4", 13: ">f4"}[code])
        content = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + big.tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
        return path

    return write


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """Write an image of one colour (a number for grey, three for RGB)."""

    def write(path: Path, colour: int | tuple[int, int, int] = 100, size: tuple[int, int] = (8, 6)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "L" if isinstance(colour, int) else "RGB"
        kind = {".jpg": "JPEG", ".bmp": "BMP", ".gif": "GIF"}.get(path.suffix, "PNG")
        Image.new(mode, size, colour).save(path, kind)
        return path

    return write


@pytest.fixture
def image_folder(tmp_path: Path, write_image: Callable[..., Path]) -> Path:
    """cats, class 2 and class 10 with three grey images of 8 × 6 (width × height) each."""
    root = tmp_path / "Tiere ü"
    for i, name in enumerate(("cats", "class 10", "class 2")):
        for j in range(3):
            write_image(root / name / f"{j}.png", 10 * i + j)
    return root
