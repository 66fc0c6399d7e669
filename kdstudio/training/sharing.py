"""One step of a learner by several processes: each with its share of the batch, all with the step of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from kdstudio.methods.base import Exchange, Objective
from kdstudio.models.model import Model
from kdstudio.models.rounding import roundings
from kdstudio.models.values import Batch, Mixture, Outputs
from kdstudio.training.group import LEAST, Group
from kdstudio.training.held import Held
from kdstudio.training.parts import Way, labelled

Shares = Mapping[Way, float | Tensor]


def hold(model: Model, group: Group) -> Held:
    """Return what this process has of a model that is to learn."""
    if group.split is None:
        return Held(model, group)
    from kdstudio.training.shards import Shards

    return Shards(model, group, group.split)


def ways_of(group: Group, objectives: Mapping[str, Objective]) -> dict[str, Way]:
    """Return what each objective's loss is a mean over; "batch" where it must see all inputs of a batch at once.

    With several processes that is also what remembers something of the inputs: its memory is then the same in each.
    """
    remembers = {label for label, one in objectives.items() if group.size > 1 and next(one.buffers(), None) is not None}
    return {label: "batch" if label in remembers else one.method.splits for label, one in objectives.items()}


def shares_of(group: Group, batch: Batch) -> Shares:
    """Return how much of a mean over the whole batch is due to this process, by what the mean is over."""
    if group.size == 1:
        return {}
    own = labelled(batch)
    every = own.clone()
    group.add([every])
    return {"inputs": group.weight(batch.whole), "labelled": own / every.clamp(min=1), "batch": 1 / group.size}


def whole(group: Group, exchange: Exchange) -> Exchange:
    """Return an exchange with the answers of all processes, for what compares the inputs of a batch with each other."""
    batch = exchange.batch
    if group.size == 1 or batch.whole < LEAST * group.size:
        return exchange

    def joined(one: Tensor) -> Tensor:
        return group.gathered(one, batch.whole)

    def answers(one: Outputs | None) -> Outputs | None:
        if one is None:
            return None
        features = {name: joined(feature) for name, feature in one.features.items()}
        return Outputs(joined(one.logits), features)

    mixture = batch.mixture
    if mixture is not None:
        mixture = Mixture(joined(mixture.first), joined(mixture.second), joined(mixture.share))
    student, teacher = answers(exchange.student), answers(exchange.teacher)
    return replace(
        exchange,
        batch=Batch(None, joined(batch.targets), joined(batch.index), scale=batch.scale, mixture=mixture),
        student=student or exchange.student,
        teacher=teacher,
        teachers=(teacher,) if teacher is not None else (),
    )


def sum_up(
    group: Group, module: nn.Module, parameters: Sequence[Tensor], terms: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Sum gradients and terms over all processes, and take the mean of what norms and roundings remember."""
    if group.size == 1:
        return terms
    found = {name: value.detach().clone() for name, value in terms.items()}
    norms = [one for one in module.modules() if isinstance(one, nn.modules.batchnorm._NormBase)]
    statistics = [one for norm in norms for one in (norm.running_mean, norm.running_var) if one is not None]
    statistics += [one.range for one in roundings(module).values()]
    for one in statistics:
        one.div_(group.size)
    group.add([*(p.grad for p in parameters if p.grad is not None), *found.values(), *statistics])
    return found


def draw_anew(group: Group, seed: int, step: int) -> None:
    """Let a process that is not the first draw numbers that depend on seed, process and step alone.

    So no checkpoint has to hold them, and a run can go on with any number of processes.
    """
    if not group.is_first:
        torch.manual_seed(((seed + 1) * 1_000_003 + step) * 1_000_033 + group.rank)
