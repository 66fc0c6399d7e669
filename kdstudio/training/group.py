"""The processes that train one run together, one a device. Alone, nothing is exchanged and nothing costs time."""

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, TypeVar

from kdstudio.core.events import Event

if TYPE_CHECKING:  # the terminal knows a group before it needs torch
    import torch
    from torch import Tensor, nn

R = TypeVar("R")
LEAST = 2  # inputs in a share: the statistics of one are none


class Group:
    """This process among `size` that train one run; the first (`rank` 0) alone writes and tells.

    Each learns its share of each batch of the very same order that one process alone goes through, and all make the
    same step with the sum of their gradients. A batch too small to be shared is learned whole by each, for 1/size.
    """

    rank = 0
    size = 1
    device: "torch.device | None" = None  # None: the recipe says where
    syncs_norms = False  # whether batch normalisation sees the batch of all devices
    split: "Callable[[nn.Module], nn.Module] | None" = None  # leaves a process its part of a student; None: all of it

    @property
    def is_first(self) -> bool:
        """Whether this process writes the run folder."""
        return self.rank == 0

    def __deepcopy__(self, memo: dict[int, object]) -> "Group":
        """Return the same: a copy of what exchanges with others still does so with the same processes."""
        return self

    def span(self, count: int) -> slice:
        """Return which of the `count` inputs of a batch are this process's share; all where they are too few."""
        if count < LEAST * self.size:
            return slice(0, count)
        each, more = divmod(count, self.size)
        start = self.rank * each + min(self.rank, more)
        return slice(start, start + each + (self.rank < more))

    def weight(self, count: int) -> float:
        """Return how much of a mean over a whole batch of `count` inputs is due to this process's share."""
        own = self.span(count)
        return 1 / self.size if count < LEAST * self.size else (own.stop - own.start) / count

    def threads(self, count: int) -> int:
        """Return how many CPU threads are this process's, of those that one process alone would take."""
        return count

    @property
    def here(self) -> int:
        """How many of the processes are on this computer."""
        return 1

    def told(self) -> dict[str, object]:
        """Return what provenance.json says of the devices."""
        return {"count": self.size, "strategy": "fsdp" if self.split else "ddp", "sync_batch_norm": self.syncs_norms}

    def first(self, events: Generator[Event, object, R]) -> Generator[Event, object, R | None]:
        """Let the first process alone do something; the others wait for it, and get None."""
        result = None
        if self.is_first:
            result = yield from events
        else:
            events.close()
        self.wait()
        return result

    def add(self, tensors: "Sequence[Tensor]") -> None:
        """Make each tensor, in place, the sum of what all processes have there."""

    def gathered(self, own: "Tensor", count: int) -> "Tensor":
        """Return the rows (count, …) of a whole batch from each process's share of them (n, …).

        Each process computes the same loss of them, weighs it 1/size, and sends gradients back into its own rows only,
        `size` times as large: so that the sum over all processes is the gradient of the whole, as is that of a method's
        own parts.
        """
        del count
        return own

    def greatest(self, numbers: Sequence[int]) -> list[int]:
        """Return the greatest of each number over all processes. Waits for them."""
        return list(numbers)

    def tell(self, value: R) -> R:
        """Return the first process's value to all. Waits for them."""
        return value

    def wait(self) -> None:
        """Wait until all processes are here."""

    def leave(self) -> None:
        """End the processes that this one started; none goes on where the first has failed."""


ALONE = Group()
