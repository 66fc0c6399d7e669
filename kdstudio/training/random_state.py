"""The random state that each learner has for itself: what it draws does not depend on who else learns."""

import torch
from torch import Tensor


def fresh_random(seed: int, device: torch.device) -> dict[str, Tensor]:
    """Return the random state that a learner starts with: the same for each learner of a run."""
    state = {"cpu": torch.Generator().manual_seed(seed).get_state()}
    if device.type == "cuda":
        state["cuda"] = torch.Generator(device).manual_seed(seed).get_state()
    return state


def enter_random(state: dict[str, Tensor], device: torch.device) -> None:
    """Make a learner's random state torch's own: its turn begins."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:  # a run may go on on another device
        torch.cuda.set_rng_state(state["cuda"], device)


def leave_random(device: torch.device) -> dict[str, Tensor]:
    """Return torch's random state: the learner's turn ends."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state
