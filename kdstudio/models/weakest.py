"""The weakest channels or weights of one layer, taken out for a while: what pruning costs before it is done."""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from kdstudio.models.model import Model
from kdstudio.models.pruned import pruned
from kdstudio.models.sparse import matrices, set_to_zero
from kdstudio.recipe.choices import PruneUnit


@dataclass(frozen=True, slots=True)
class Prunable:
    """A layer whose channels or weights can go: `size` of them, taken out in `order`, the weakest first.

    `tied` are layers that lose the same channels, as a shortcut adds theirs to those of this one. Each pair in `places`
    is a weight and for each of its numbers the channel or weight (int64, −1 for none) with which it becomes zero.
    """

    name: str
    size: int
    tied: tuple[str, ...]
    order: Tensor
    places: tuple[tuple[Tensor, Tensor], ...]

    def taken(self, share: float) -> int:
        """Return how many a share is, rounded down."""
        return math.floor(share * self.size + 1e-6)

    @contextmanager
    def without(self, share: float) -> Iterator[None]:
        """Let the network answer without a share of them until the block ends."""
        is_out = torch.zeros(self.size + 1, dtype=torch.bool)  # the last one stands for −1
        is_out[self.order[: self.taken(share)]] = True
        kept = [weight.detach().clone() for weight, _ in self.places]
        try:
            for weight, owner in self.places:
                set_to_zero(weight, is_out[owner])
            yield
        finally:
            with torch.no_grad():
                for (weight, _), before in zip(self.places, kept, strict=True):
                    weight.copy_(before)


def prunable(model: Model, unit: PruneUnit) -> tuple[Model, list[Prunable]]:
    """Return a copy of the model on the CPU, and what can be taken out of its layers, front to back.

    A channel is out when nothing that follows sees it. The last layer keeps its channels, which are the answers.
    Raises ModelError where `pruned` does, for the same reason.
    """
    if unit == "channels":
        pruned(model, 0.5)  # what cannot be ordered is not measured
    own = replace(model, module=deepcopy(model.module).cpu().eval())
    return own, _channels(own) if unit == "channels" else _weights(own.module)


def _weights(module: nn.Module) -> list[Prunable]:
    found = []
    for name, weight in matrices(module).items():
        order = weight.detach().abs().flatten().argsort(stable=True)
        owner = torch.arange(weight.numel())
        found.append(Prunable(name.removesuffix(".weight"), weight.numel(), (), order, ((weight, owner),)))
    return found


def _channels(model: Model) -> list[Prunable]:
    import torch_pruning

    names = {id(one): name for name, one in model.module.named_modules()}
    last = model.module.get_submodule(model.classifier)
    wanted = {id(one): one.requires_grad for one in model.module.parameters()}
    try:
        for parameter in model.module.parameters():
            parameter.requires_grad_(True)  # the graph is found by following gradients back
        with warnings.catch_warnings(), torch.enable_grad():
            warnings.simplefilter("ignore")
            graph = torch_pruning.DependencyGraph().build_dependency(model.module, model.preprocessing.example())
    finally:
        for parameter in model.module.parameters():
            parameter.requires_grad_(wanted[id(parameter)])
    score = torch_pruning.importance.GroupMagnitudeImportance(p=2)
    groups = graph.get_all_groups(ignored_layers=[last])
    found = [_of_group(group, score(group), names) for group in groups]
    place = {name: at for at, name in enumerate(names.values())}
    return sorted(found, key=lambda one: place[one.name])


def _of_group(group: Sequence[Any], scores: Tensor, names: dict[int, str]) -> Prunable:
    """Return what of a group of torch-pruning goes together; `scores` (n,) rank its channels."""
    from torch_pruning.pruner import function

    gives = (function.prune_conv_out_channels, function.prune_linear_out_channels)
    sees = (function.prune_conv_in_channels, function.prune_linear_in_channels)
    places = []
    for item in group:
        if item.dep.pruning_fn in sees:
            weight = item.dep.layer.weight
            owner = torch.full((weight.shape[1],), -1)
            owner[torch.tensor(item.idxs)] = torch.tensor(item.root_idxs)
            places.append((weight, owner.view(1, -1, *[1] * (weight.dim() - 2)).expand_as(weight)))
    every = {names[id(item.dep.layer)] for item in group if item.dep.pruning_fn in gives}
    first, *tied = (name for name in names.values() if name in every)
    return Prunable(first, len(scores), tuple(tied), scores.detach().argsort(stable=True), tuple(places))
