"""A card that the driver knows and PyTorch does not use is a warning that says what to do."""

import os
from pathlib import Path

import pytest

from kdstudio.core.checkup.graphics import PROC, Nvidia, Torch, graphics, nvidia, unused_card

CARD = Nvidia("550.54", ("NVIDIA RTX 4090",))


@pytest.fixture
def no_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder of programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_that_the_kernels_words_are_enough_where_there_is_no_nvidia_smi(no_tools: Path, tmp_path: Path) -> None:
    proc = tmp_path / "nvidia"
    (proc / "gpus" / "0000:01:00.0").mkdir(parents=True)
    (proc / "version").write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC\n"
    )
    (proc / "gpus" / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA RTX 4090\nIRQ: 12\n")
    assert nvidia(proc) == Nvidia("550.54.14", ("NVIDIA RTX 4090",))
    assert nvidia(tmp_path / "nowhere") is None


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_that_the_advice_for_the_window_names_the_card_and_what_to_do(no_tools: Path) -> None:
    if PROC.exists():
        pytest.skip("this computer has a driver of NVIDIA")
    assert unused_card("2.13.0+cpu", "") == ""
    program = no_tools / "nvidia-smi"
    program.write_text("#!/bin/sh\necho '550.54, NVIDIA RTX 4090'\n")
    program.chmod(0o755)
    told = unused_card("2.13.0+cpu", "")
    assert "NVIDIA RTX 4090" in told
    assert "pytorch.org" in told


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo '550.54, NVIDIA A, B'; echo '550.54, NVIDIA C'", Nvidia("550.54", ("NVIDIA A, B", "NVIDIA C"))),
        ("echo 'NVIDIA-SMI has failed'; exit 9", None),
    ],
)
def test_that_nvidia_smi_is_asked_and_may_fail(no_tools: Path, tmp_path: Path, script: str, found: object) -> None:
    program = no_tools / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert nvidia(tmp_path / "nowhere") == found


def test_that_a_pytorch_without_cuda_beside_a_card_is_told_with_the_place_to_get_another() -> None:
    found = graphics(Torch("2.13.0+cpu"), CARD)
    assert found.severity == "warning"
    assert "RTX 4090" in found.value
    assert "pytorch.org" in found.hint
    assert "built for processors" in found.hint


def test_that_a_pytorch_with_cuda_that_sees_no_card_says_what_it_said() -> None:
    found = graphics(Torch("2.13.0", "13.0", trouble="The NVIDIA driver on your system is too old"), CARD)
    assert found.severity == "warning"
    assert "too old" in found.hint
    assert "CUDA_VISIBLE_DEVICES" in found.hint
    assert "sees no card" in graphics(Torch("2.13.0", "13.0"), Nvidia("550", ())).hint


def test_that_a_card_in_use_and_a_computer_without_one_are_fine() -> None:
    assert graphics(Torch("2.13.0", "13.0", ("cuda:0 NVIDIA RTX 4090, 24 GB",)), CARD).severity == "ok"
    assert graphics(Torch("2.13.0+cpu"), None).severity == "ok"
