"""Several processes through Lightning Fabric: on one computer, under torchrun, in SLURM, as it finds them.

Fabric starts the processes, knows the cluster, and connects them. Its wrapper of a module is not used: a step here
runs through hooks on layers, trained parts of methods and several learners, and its inputs are frozen values; the
gradients are summed by hand in one message a step instead, with the losses in it.
"""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

import psutil
import torch
from torch import Tensor
from torch import distributed as dist

from kdstudio.core.errors import KdStudioError, RunError
from kdstudio.training.group import LEAST, Group

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.strategy import Strategy

R = TypeVar("R")
_PATIENCE = timedelta(days=1)  # while the first process asks a teacher, validates or writes


class Devices(Group):
    """The processes that Fabric has connected."""

    def __init__(self, fabric: "Fabric", nodes: int, strategy: str, *, syncs_norms: bool) -> None:
        self.fabric, self.nodes = fabric, nodes
        self.split = fabric.strategy.setup_module if strategy == "fsdp" else None
        self.rank, self.size, self.device = fabric.global_rank, fabric.world_size, fabric.device
        self.syncs_norms = syncs_norms

    def threads(self, count: int) -> int:
        """Share them among the processes of this computer."""
        return max(1, count // self.here)

    @property
    def here(self) -> int:
        """How many of the processes are on this computer."""
        return self.size // self.nodes

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Sum in one message for each type of number."""
        for _, several in groupby(sorted(tensors, key=lambda one: str(one.dtype)), key=lambda one: one.dtype):
            members = list(several)
            flat = torch.cat([one.reshape(-1) for one in members])
            _sum(flat)
            for one, total in zip(members, torch.split(flat, [one.numel() for one in members]), strict=True):
                one.copy_(total.view(one.shape))

    def gathered(self, own: Tensor, count: int) -> Tensor:
        """Add up what each has in its rows: the shares may differ in size, which other exchanges do not take."""
        if count < LEAST * self.size:
            return own
        at = self.span(count)
        whole = own.new_zeros(count, *own.shape[1:])
        whole[at] = own.detach()
        _sum(whole)
        if not own.requires_grad:
            return whole
        live = own.view_as(own)
        live.register_hook(lambda gradient: gradient * self.size)  # type: ignore[no-untyped-call]
        return torch.cat([whole[: at.start], live, whole[at.stop :]])

    def greatest(self, numbers: Sequence[int]) -> list[int]:
        """Return the greatest of each number over all processes."""
        found = torch.tensor(numbers, device=self.device)
        with _connected():
            dist.all_reduce(found, dist.ReduceOp.MAX)
        return [int(number) for number in found]

    def tell(self, value: R) -> R:
        """Return the first process's value to all."""
        with _connected():
            return self.fabric.broadcast(value)

    def wait(self) -> None:
        """Wait until all processes are here."""
        with _connected():
            self.fabric.barrier()

    def leave(self) -> None:
        """End those that this process started, which may wait for it where it has failed."""
        if sys.exc_info()[0] is not None:
            for child in psutil.Process().children():
                child.kill()


class Abandoned(RunError):
    """Another process of the run has ended."""

    def __init__(self) -> None:
        super().__init__(
            "Another process of this run has ended, so that this one cannot go on.",
            hint="Its own message says why. The run goes on from its last checkpoint by --resume, on any devices.",
        )


@contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise Abandoned from error


def _sum(tensor: Tensor) -> None:
    with _connected():
        dist.all_reduce(tensor)


def connect(devices: int, nodes: int, wish: str, strategy: str = "ddp", *, syncs_norms: bool) -> Devices:
    """Start the other processes, where no launcher did, and connect them; each of them runs this program again.

    `wish` is the recipe's device. Must not be called by the engine, whose program is the window's.
    """
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise KdStudioError(
            "Several devices need Lightning Fabric, which is not installed.",
            hint='Install it with: python -m pip install "kdstudio[cluster]"',
        ) from error
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    is_cuda = wish.startswith("cuda") or (wish == "auto" and torch.cuda.is_available())
    try:
        fabric = Fabric(
            accelerator="cuda" if is_cuda else "cpu",
            devices=devices,
            num_nodes=nodes,
            strategy=_strategy(strategy, devices * nodes),
        )
        fabric.launch()
    except (ValueError, RuntimeError) as error:
        raise KdStudioError(
            f"{devices} devices on {nodes} nodes could not be connected: {error}",
            hint="--devices counts those of one node, and must be what the cluster's launcher started there.",
        ) from error
    return Devices(fabric, nodes, strategy, syncs_norms=syncs_norms)


def _strategy(name: str, size: int) -> "Strategy":
    """Return how Fabric connects the processes. Its own FSDP for GPUs alone makes one tensor of all weights."""
    if name == "ddp":
        from lightning_fabric.strategies.ddp import DDPStrategy

        return DDPStrategy(timeout=_PATIENCE)
    from lightning_fabric.strategies.model_parallel import ModelParallelStrategy

    from kdstudio.training.shards import shard

    return ModelParallelStrategy(shard, data_parallel_size=size, tensor_parallel_size=1, timeout=_PATIENCE)
