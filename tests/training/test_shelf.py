"""Rows that were not wholly written are never read, whatever was done to the files."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.training.shelf import Shelf

ENDS = [4, 8, 10]
ROWS = np.arange(30, dtype=np.float32).reshape(10, 3)
MAPS = np.arange(40, dtype=np.float16).reshape(10, 2, 2)


def fill(shelf: Shelf, *pieces: int) -> Shelf:
    starts = [0, *ENDS]
    for piece in pieces:
        part = slice(starts[piece], starts[piece + 1])
        shelf.put(piece, [ROWS[part], MAPS[part]], divergence=piece, difference=piece)
    return shelf


@pytest.mark.parametrize("kept", [True, False], ids=["folder", "memory"])
def test_that_rows_come_back_as_they_were_put(tmp_path: Path, kept: bool) -> None:
    shelf = fill(Shelf(tmp_path / "shelf" if kept else None, ENDS), 2, 0)
    assert shelf.missing == [1]
    with pytest.raises(RuntimeError, match="not all there"):
        shelf.columns()
    rows, maps = fill(shelf, 1).columns()
    assert np.array_equal(rows, ROWS)
    assert np.array_equal(maps, MAPS)
    assert (rows.dtype, maps.dtype) == (np.float32, np.float16)
    assert shelf.errors == (pytest.approx((4 * 0 + 4 * 1 + 2 * 2) / 10), 2.0)


def test_that_a_folder_is_found_again_where_it_was_left(tmp_path: Path) -> None:
    fill(Shelf(tmp_path, ENDS), 0, 2)
    again = Shelf(tmp_path, ENDS)
    assert again.missing == [1]
    assert again.errors == (pytest.approx(2 * 2 / 6), 2.0)
    assert np.array_equal(fill(again, 1).columns()[0], ROWS)
    assert not list(tmp_path.glob(".new-*"))


@pytest.mark.parametrize("file", ["0.npy", "1.npy", "pieces.bin"])
def test_that_a_piece_with_any_byte_changed_does_not_count_as_filled(tmp_path: Path, file: str) -> None:
    fill(Shelf(tmp_path, ENDS), 0, 1, 2)
    path = tmp_path / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # of the last piece
    path.write_bytes(content)
    again = Shelf(tmp_path, ENDS)
    assert again.missing == [2]
    assert np.array_equal(fill(again, 2).columns()[1], MAPS)


@pytest.mark.parametrize("file", ["0.npy", "pieces.bin"])
@pytest.mark.parametrize("length", [0, 1, 100, 150])
def test_that_a_file_cut_short_makes_nothing_wrong(tmp_path: Path, file: str, length: int) -> None:
    """As a power cut leaves a file whose name was written before its content."""
    fill(Shelf(tmp_path, ENDS), 0, 1, 2)
    path = tmp_path / file
    path.write_bytes(path.read_bytes()[:length])
    rows, maps = fill(Shelf(tmp_path, ENDS), 0, 1, 2).columns()
    assert np.array_equal(rows, ROWS)
    assert np.array_equal(maps, MAPS)


def test_that_two_who_fill_at_once_see_what_the_other_has_done(tmp_path: Path) -> None:
    one, other = Shelf(tmp_path, ENDS), Shelf(tmp_path, ENDS)
    fill(one, 0)
    fill(other, 1)
    assert one.look(1)
    assert other.look(0)
    fill(one, 2)
    assert other.look()
    assert all(np.array_equal(shelf.columns()[0], ROWS) for shelf in (one, other))


def test_that_a_folder_that_cannot_be_is_said_and_memory_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = fill(Shelf(tmp_path / "file" / "shelf", ENDS), 0, 1, 2)
    assert shelf.trouble
    assert np.array_equal(shelf.columns()[0], ROWS)


def test_that_a_disk_that_fills_up_loses_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    shelf = fill(Shelf(tmp_path, ENDS), 0, 1)
    (tmp_path / "pieces.bin").unlink()  # so that a file has to grow
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        fill(shelf, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert shelf.trouble
    assert np.array_equal(shelf.columns()[0], ROWS)
    assert np.array_equal(shelf.columns()[1], MAPS)
