"""`kdstudio train` on several devices: its flags, and who of the processes speaks."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.group import ALONE, Group

Connect = Callable[[Recipe], Group]

DEVICES = typer.Option(
    "--devices",
    min=1,
    metavar="N",
    help="Train on N devices of each node, GPUs or else CPU processes; the batch is shared among all. "
    "By default the recipe's number, or what torchrun or srun started.",
)
NODES = typer.Option("--nodes", min=1, metavar="M", help="Computers, each with N devices; all see the run folder.")
STRATEGY = typer.Option(
    "--strategy",
    metavar="ddp|fsdp",
    help="How devices share the work: ddp, each has the whole student; fsdp, each has a part of its weights, gradients "
    "and optimizer state, for a student that does not fit. Each has the whole teacher.",
)
SYNC = typer.Option(
    "--sync-batch-norm", help="With --devices: batch normalisation sees the batch of all devices, not each its share."
)


@contextmanager
def joined(devices: int | None, nodes: int | None, strategy: str, *, syncs_norms: bool) -> Iterator[Connect]:
    """Give the function that connects the processes of a run; in all but the first nothing is told but own errors."""
    if strategy not in ("ddp", "fsdp"):
        hint = "Use ddp, where each device has the whole student, or fsdp, where each has a part of it."
        raise InvalidRecipe([Problem(message=f"there is no strategy {strategy!r}", where="--strategy", hint=hint)])
    found_devices, found_nodes = _started()
    group = ALONE

    def connect(recipe: Recipe) -> Group:
        nonlocal group
        each, computers = devices or found_devices or recipe.devices, nodes or found_nodes
        if each * computers > 1:
            from kdstudio.training.devices import connect as connect_devices

            group = connect_devices(each, computers, recipe.device, strategy, syncs_norms=syncs_norms)
        return group

    try:
        yield connect
    except typer.Exit as leave:  # stopped as all agreed; another status would look like a crash to a launcher
        raise leave if group.is_first else typer.Exit(0) from None
    except KdStudioError as error:
        if group.is_first:
            raise
        _tell(error, group)
        raise typer.Exit(1) from error
    finally:
        group.leave()


def _started() -> tuple[int, int]:
    """Return devices on each node and nodes as torchrun or srun started them; 0 and 1 without them."""
    known = os.environ
    if "TORCHELASTIC_RUN_ID" in known:
        each = int(known["LOCAL_WORLD_SIZE"])
        return each, int(known["WORLD_SIZE"]) // each
    if "SLURM_PROCID" in known and "SLURM_NTASKS_PER_NODE" in known:
        return int(known["SLURM_NTASKS_PER_NODE"]), int(known.get("SLURM_NNODES", 1))
    return 0, 1


def _tell(error: KdStudioError, group: Group) -> None:
    from kdstudio.cli.session import err
    from kdstudio.training.devices import Abandoned

    if not isinstance(error, InvalidRecipe | Abandoned):  # those the first process tells
        err().print(f"Error in process {group.rank}: {error.message}", markup=False)
