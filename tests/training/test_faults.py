"""Faults of the disk, injected for real: full, read-only, gone, renamed. The run ends cleanly and can go on."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kdstudio.core.errors import RunError
from kdstudio.core.events import Advanced, Evaluated, Resumed
from kdstudio.core.layout import RunFolder
from kdstudio.project.run import Run
from kdstudio.project.store import recorded
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.control import Control, controlled
from kdstudio.training.run import resume, train
from tests.small_task import finish
from tests.training.conftest import recipe

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def asked(digits: Path) -> Recipe:
    return recipe(digits, epochs=8)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(RunFolder(folder).checkpoint("last") / "student.safetensors")


def assert_goes_on(folder: Path, asked: Recipe, tmp_path: Path) -> None:
    """It resumes from a checkpoint and ends with the bits of a run to which nothing happened."""
    seen, summary = finish(recorded(folder, resume(folder)))
    assert any(isinstance(event, Resumed) and event.step > 0 for event in seen)
    assert summary is not None
    assert Run(folder).status.state == "finished"
    finish(train(asked, tmp_path / "untouched"))
    one, other = weights(folder), weights(tmp_path / "untouched")
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if not IS_ROOT or not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


def test_that_a_full_disk_ends_the_run_cleanly_and_it_goes_on_after_room_was_made(
    asked: Recipe, small_disk: Path, tmp_path: Path
) -> None:
    folder, control = small_disk / "run", Control()
    with pytest.raises(RunError, match="No space left on device") as told:  # noqa: PT012
        for event in recorded(folder, controlled(train(asked, folder), control)):
            if isinstance(event, Advanced) and event.step == 40:
                control.pause()
            if event.event == "paused":
                ballast = fill(small_disk)
                control.resume()
    assert "Make room" in told.value.hint
    assert Run(folder).checkpoint("last") is not None
    assert not Run(folder).status.is_live
    ballast.unlink()
    assert_goes_on(folder, asked, tmp_path)


@pytest.mark.parametrize("when", ["begin", "later"])
def test_that_a_disk_without_room_from_the_start_never_ends_the_process(
    asked: Recipe, small_disk: Path, tmp_path: Path, when: str
) -> None:
    """Mapped files are the danger: writing into one on a full disk is a signal and no error."""
    ballast = fill(small_disk)
    if when == "later":  # so little room that the head of the run fits
        os.truncate(ballast, ballast.stat().st_size - 16_384)
    with pytest.raises(RunError, match="No space left on device"):
        finish(recorded(small_disk / "run", train(asked, small_disk / "run")))


SHORT = """
import resource, sys
from pathlib import Path
from kdstudio.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_that_a_file_that_may_not_grow_is_one_message_and_no_traceback(asked: Recipe, tmp_path: Path) -> None:
    import json

    (tmp_path / "recipe.json").write_text(json.dumps(asked.to_value()))
    command = [sys.executable, "-c", SHORT, "9000", "train", tmp_path / "recipe.json", "--run", tmp_path / "run"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 1
    assert "File too large" in " ".join(done.stderr.split())
    assert "Hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not Run(tmp_path / "run").status.is_live


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such mode there")
def test_that_a_folder_that_became_read_only_ends_the_run_cleanly(asked: Recipe, tmp_path: Path) -> None:
    """Root may write everywhere, and is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder, control = Path(place) / "run", Control()
        try:
            with pytest.raises(RunError, match="Permission denied") as told:  # noqa: PT012
                for event in recorded(folder, controlled(train(asked, folder), control)):
                    if isinstance(event, Advanced) and event.step == 40:
                        control.pause()
                    if event.event == "paused":
                        for one in (folder, *folder.rglob("*")):
                            one.chmod(0o555)
                        if IS_ROOT:
                            os.seteuid(65534)
                        control.resume()
        finally:
            if IS_ROOT:
                os.seteuid(0)
            for one in (folder, *folder.rglob("*")):
                one.chmod(0o755)
        assert "Allow writing there" in told.value.hint
        assert_goes_on(folder, asked, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its folder in place there")
def test_that_a_renamed_folder_ends_the_run_and_makes_no_second_one(asked: Recipe, tmp_path: Path) -> None:
    folder, control = tmp_path / "run", Control()
    moved = tmp_path / "renamed"
    with pytest.raises(RunError, match="was renamed, moved or deleted"):  # noqa: PT012
        for event in recorded(folder, controlled(train(asked, folder), control)):
            if isinstance(event, Advanced) and event.step == 40:
                control.pause()
            if event.event == "paused":
                folder.rename(moved)
                control.resume()
    assert not folder.exists()
    assert not Run(moved).status.is_live
    assert_goes_on(moved, asked, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file keeps its folder in place there")
def test_that_a_deleted_folder_stays_deleted(asked: Recipe, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(RunError, match="was renamed, moved or deleted"):  # noqa: PT012
        for event in recorded(folder, train(asked, folder)):
            if isinstance(event, Evaluated) and event.epoch == 2:
                shutil.rmtree(folder)
    assert not folder.exists()


def test_that_a_clock_that_jumps_changes_nothing(asked: Recipe, tmp_path: Path, monkeypatch) -> None:
    """Ten years forward, then back to 1970, while the run goes on; decisions look at the other clock."""
    import time

    real, steps = time.time, iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: real() + 3e8 if next(steps) % 2 else 1.0)
    folder = tmp_path / "run"
    finish(recorded(folder, train(asked, folder)))
    monkeypatch.undo()
    assert Run(folder).status.state == "finished"
    finish(train(asked, tmp_path / "untouched"))
    one, other = weights(folder), weights(tmp_path / "untouched")
    assert all(torch.equal(one[key], other[key]) for key in one)
