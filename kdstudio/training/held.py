"""What a process holds of a learner's weights, gradients and optimizer state: all of them, or a part (shards.py)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

from kdstudio.models.model import Model
from kdstudio.models.sparse import matrices
from kdstudio.training.group import Group


class Held:
    """All of a model that learns. `model` answers while it learns; `parameters` are what the optimizer moves.

    `common` are those whose gradients the processes have to sum.
    """

    def __init__(self, model: Model, group: Group) -> None:
        self.model, self.group = model, group
        self.parameters = [one for one in model.module.parameters() if one.requires_grad]
        self.common: list[Tensor] = [*self.parameters]

    def zeros(self) -> list[tuple[Tensor, Tensor]]:
        """Return the parameters of weight matrices, and of each which numbers are zero, bool of its shape."""
        named = [name for name, one in self.model.module.named_parameters() if one.requires_grad]
        known = matrices(self.model.module)
        held = zip(named, self.parameters, strict=True)
        return [(one, one.detach() == 0) for name, one in held if name in known]

    def backward(self, loss: Tensor, answer: Tensor) -> None:
        """Send the gradient of a loss back to the parameters; `answer` is what the model's module answered."""
        del answer
        torch.autograd.backward(loss)

    def pull(self, loss: Tensor, answer: Tensor) -> Tensor | None:
        """Return the norm of the gradient that a loss sends into the student; 0 for a constant.

        None where it is for parts of the method alone, as a generator's is. The loss can be sent back once more.
        """
        del answer
        if not loss.requires_grad:
            return loss.detach() * 0
        gradients = torch.autograd.grad(loss, self.parameters, retain_graph=True, allow_unused=True)
        reached = [one for one in gradients if one is not None]
        self.group.add(reached)
        return get_total_norm(reached) if reached else None

    def norm(self, parameters: Sequence[Tensor]) -> Tensor:
        """Return the Euclidean norm of the gradients that parameters have, over all processes."""
        return get_total_norm([one.grad for one in parameters if one.grad is not None])

    def is_finite(self, more: Sequence[Tensor]) -> bool:
        """Whether all weights and `more` are finite. Reads from the device."""
        state = [*self.parameters, *self.model.module.buffers(), *more]
        return bool(torch.stack([torch.isfinite(one).all() for one in state if one.is_floating_point()]).all())

    def gather(self) -> None:
        """Bring the learner's own, whole model up to date in the first process. All processes call it."""

    def scatter(self) -> None:
        """Take over the weights of the learner's own, whole model."""

    def state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Return the whole state of an optimizer. All processes call it; what it returns counts in the first."""
        return optimizer.state_dict()

    def restore(self, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        """Take over the whole state of an optimizer."""
        optimizer.load_state_dict(state)
