"""Graphics cards that the system knows, and why PyTorch may not use one: told without torch."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kdstudio.core.checkup.finding import Finding

PROC = Path("/proc/driver/nvidia")
INSTALL = "https://pytorch.org/get-started/locally/"
_PATIENCE = 10.0  # seconds for nvidia-smi, which waits for a driver that hangs


@dataclass(frozen=True, slots=True)
class Nvidia:
    """What the driver of NVIDIA says: its version (empty: unknown) and the names of the cards."""

    driver: str
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Torch:
    """What PyTorch says of itself: its version, the CUDA it was built for (empty: none), the devices that it sees."""

    version: str
    cuda: str = ""
    devices: tuple[str, ...] = ()
    trouble: str = ""


def nvidia(proc: Path = PROC) -> Nvidia | None:
    """Return what is known of NVIDIA cards, or None where there is no trace of a driver."""
    smi = shutil.which("nvidia-smi")
    if smi is not None:
        try:
            query = [smi, "--query-gpu=driver_version,name", "--format=csv,noheader"]
            told = subprocess.run(query, capture_output=True, text=True, timeout=_PATIENCE, check=True).stdout
            rows = [line.split(", ", 1) for line in told.splitlines() if ", " in line]
            if rows:
                return Nvidia(rows[0][0], tuple(name for _, name in rows))
        except (OSError, subprocess.SubprocessError):
            pass  # an old card, a driver that does not answer: the kernel may know more
    try:
        words = (proc / "version").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return None
    number = next((word for word in words if word[:1].isdigit() and "." in word), "")
    return Nvidia(number, tuple(_model(file) for file in sorted(proc.glob("gpus/*/information"))))


def graphics(torch: Torch, card: Nvidia | None) -> Finding:
    """Return what trains, and what to do where a card is there that PyTorch does not use."""
    if torch.devices:
        return Finding("Computer", "Graphics card", ", ".join(torch.devices))
    if card is None:
        return Finding("Computer", "Graphics card", "none that PyTorch can use; the processor trains")
    name = " and ".join(card.cards) or "an NVIDIA card"
    told = f"{name} is there (driver {card.driver or 'unknown'}), but PyTorch {torch.version} does not use it"
    return Finding("Computer", "Graphics card", told, "warning", _advice(torch, card))


def unused_card(version: str, cuda: str) -> str:
    """Return what to do about an NVIDIA card that this PyTorch does not use, "" where there is none."""
    found = graphics(Torch(version, cuda), nvidia())
    return f"{found.value}. {found.hint}" if found.is_problem else ""


def _advice(torch: Torch, card: Nvidia) -> str:
    if not torch.cuda:
        return f"This PyTorch was built for processors alone. Install the one with CUDA: {INSTALL}"
    if not card.cards:
        return (
            "The driver sees no card. Look whether nvidia-smi lists one, and start the computer again if it does not."
        )
    why = f" ({torch.trouble})" if torch.trouble else ""
    return (
        f"This PyTorch is for CUDA {torch.cuda}{why}. Where CUDA_VISIBLE_DEVICES is set, unset it; otherwise update "
        f"the driver, or install a PyTorch for an older CUDA: {INSTALL}"
    )


def _model(information: Path) -> str:
    try:
        lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "an NVIDIA card"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("Model:")), "an NVIDIA card")
