"""Learners whose weights, gradients and optimizer state lie in parts on several devices (FSDP: Zhao et al. 2023).

https://arxiv.org/abs/2304.11277, as PyTorch's `fully_shard` has it: each weight is cut along its first dimension. A
process gathers the weights of one block when they are needed, and forgets them again; gradients are summed into the
parts. The optimizer moves the parts as ordinary tensors. What is judged, saved and exported is the learner's own, whole
model, which the first process brings up to date for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.utils import get_total_norm

from kdstudio.models.model import Model
from kdstudio.training.group import Group
from kdstudio.training.held import Held


def shard(module: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """Cut the parameters of a module, block by block; gradients are summed, as each process has its share of a mean."""
    flat = mesh["data_parallel"]
    for parameter in module.parameters():
        parameter.data = parameter.data.contiguous()  # channels last cannot be cut
    single = {one for one in module.parameters() if one.dim() == 0}  # nor can a number
    for unit in (*_blocks(module), module):
        fully_shard(unit, mesh=flat, ignored_params=single)
    for unit in module.modules():
        if isinstance(unit, FSDPModule):
            unit.set_gradient_divide_factor(1.0)
            unit.set_force_sum_reduction_for_comms(True)
    return module


def _blocks(module: nn.Module) -> list[nn.Module]:
    """Return what the outermost lists of a network hold, but for what shares weights with anything else."""
    every = [id(one) for _, one in module.named_parameters(remove_duplicate=False)]
    shared = {one for one, count in Counter(every).items() if count > 1}
    return [
        block
        for block in _listed(module)
        if any(one.dim() for one in block.parameters()) and shared.isdisjoint(map(id, block.parameters()))
    ]


def _listed(module: nn.Module) -> Iterator[nn.Module]:
    is_list = isinstance(module, nn.ModuleList | nn.Sequential)
    for child in module.children():
        yield from (child,) if is_list else _listed(child)


class Shards(Held):
    """A part of the weights of a model that learns; the model that was given stays whole."""

    def __init__(self, model: Model, group: Group, split: Callable[[nn.Module], nn.Module]) -> None:
        module = split(deepcopy(model.module))
        super().__init__(replace(model, module=module), group)
        self.whole = model
        trained: list[Tensor] = [*self.parameters]
        self.cut = {at: one for at, one in enumerate(trained) if isinstance(one, DTensor)}
        self.common = [one for at, one in enumerate(self.parameters) if at not in self.cut]
        for at, one in self.cut.items():
            self.parameters[at] = nn.Parameter(_own(one.detach()))
        self._parts = {id(self.parameters[at]) for at in self.cut}
        if not group.is_first:
            model.module.to("cpu")  # nothing but what a later stage learns from, or a checkpoint, is put into it

    def backward(self, loss: Tensor, answer: Tensor, *, again: bool = False) -> None:
        """Send the gradient of a loss back to the parts.

        What gathers a block's weights waits for a gradient of its answer, which a loss of layers alone has not: it is
        nothing then.
        """
        torch.autograd.backward([loss, answer], [None, torch.zeros_like(answer)], retain_graph=again)
        for at, one in self.cut.items():
            if one.grad is not None:
                self.parameters[at].grad = _own(one.grad)
                one.grad = None

    def pull(self, loss: Tensor, answer: Tensor) -> Tensor | None:
        """Return the norm of the gradient that a loss sends into the student; 0 where it sends none.

        It takes the gradients of all parameters away.
        """
        if not loss.requires_grad:
            loss = loss + 0 * answer.sum()  # each process takes part in what the others exchange
        self.backward(loss, answer, again=True)
        self.group.add([one.grad for one in self.common if one.grad is not None])
        norm = self.norm(self.parameters)
        for one in self.parameters:
            one.grad = None
        return norm

    def norm(self, parameters: Sequence[Tensor]) -> Tensor:
        """Return the Euclidean norm of the gradients that parameters have, over all processes."""
        parts = [one.grad for one in parameters if id(one) in self._parts and one.grad is not None]
        rest = [one.grad for one in parameters if id(one) not in self._parts and one.grad is not None]
        square = get_total_norm(parts).square()
        self.group.add([square])
        return (square + get_total_norm(rest).square()).sqrt() if rest else square.sqrt()

    def is_finite(self, more: Sequence[Tensor]) -> bool:
        """Whether all weights and `more` are finite in all processes. Reads from the device."""
        return not self.group.greatest([not super().is_finite(more)])[0]

    def gather(self) -> None:
        """Bring the whole model up to date in the first process. All processes call it."""
        whole = self.whole.module.state_dict()
        for name, value in self.model.module.state_dict().items():
            full = value.full_tensor() if isinstance(value, DTensor) else value
            if self.group.is_first:
                whole[name].copy_(full)

    def scatter(self) -> None:
        """Take this process's part of the whole model."""
        whole = self.whole.module.state_dict()
        for name, value in self.model.module.state_dict().items():
            if isinstance(value, DTensor):
                _own(value).copy_(_part(whole[name], value))
            else:
                value.copy_(whole[name])

    def state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """Return the whole state of an optimizer, on the CPU. All processes call it; the first alone gets all."""
        found = optimizer.state_dict()
        return found | {"state": {at: self._whole_state(at, one) for at, one in found["state"].items()}}

    def _whole_state(self, at: int, state: dict[str, Any]) -> dict[str, Any]:
        def whole(value: Any) -> Any:
            if not _is_alike(value, self.parameters[at]):
                return value
            like = self.cut[at]
            made = DTensor.from_local(
                value, like.device_mesh, like.placements, run_check=False, shape=like.shape, stride=like.stride()
            )
            full = made.full_tensor()
            return full.cpu() if self.group.is_first else value

        return state if at not in self.cut else {name: whole(value) for name, value in state.items()}

    def restore(self, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        """Take this process's part of the whole state of an optimizer."""
        own = {
            at: {
                name: _part(value, self.cut[at]) if at in self.cut and _is_alike(value, self.cut[at]) else value
                for name, value in one.items()
            }
            for at, one in state["state"].items()
        }
        optimizer.load_state_dict(state | {"state": own})


def _own(tensor: Tensor) -> Tensor:
    """Return the part of a tensor that is in this process, not a copy of it."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def _is_alike(value: Any, parameter: Tensor) -> bool:
    """Whether a value of an optimizer's state has a number for each of a parameter's."""
    return isinstance(value, Tensor) and value.dim() > 0 and value.shape == parameter.shape


def _part(whole: Tensor, like: DTensor) -> Tensor:
    """Return this process's part of a whole tensor, cut as another one is."""
    placed = whole.detach().to(like.device)
    return _own(distribute_tensor(placed, like.device_mesh, like.placements, src_data_rank=None))
