"""Pictures that memory has no room for: decoded anew each time they are seen, a few batches before they are wanted."""

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from math import prod

import torch
from torch import Tensor

from kdstudio.data.dataset import Part
from kdstudio.models.preprocessing.image import channels_last
from kdstudio.training.device import free_memory

LIMIT = "KDSTUDIO_RESIDENT_GB"  # environment: how much room the pictures of one part may take in memory
AHEAD = 2  # batches that are decoded while a step runs


def bytes_of(part: Part) -> int:
    """Return the room that the decoded pictures of a part take."""
    return len(part) * prod(part.inputs.shape) * part.inputs.dtype.itemsize


def fits(part: Part, device: torch.device) -> bool:
    """Whether the pictures may lie on the device: they leave half of the free memory to everything else."""
    size = bytes_of(part)
    try:
        return size <= float(os.environ[LIMIT]) * 1e9
    except (KeyError, ValueError):
        main = size <= free_memory(torch.device("cpu"))  # which is half of what is free
        return main and (device.type != "cuda" or size <= free_memory(device) // 2)


class Streamed:
    """Pictures (N, H, W, c) that are read like a tensor's rows, from `part`; `add` sees all of them once before.

    The rows are the same as those of a tensor that holds everything, bit by bit, and so is their `digest`.
    """

    def __init__(self, part: Part, device: torch.device) -> None:
        channels, height, width = part.inputs.shape
        self.part, self.device = part, device
        self.shape = torch.Size((len(part), height, width, channels))
        dtype = torch.uint8 if part.inputs.dtype.itemsize == 1 else torch.float32
        self._digest = hashlib.blake2b(f"{dtype} {tuple(self.shape)}".encode(), digest_size=16)
        self._wanted: Iterator[Tensor] = iter(())
        self._pool: ThreadPoolExecutor | None = None
        self._coming: deque[tuple[Tensor, Future[Tensor]]] = deque()

    def add(self, rows: Tensor) -> None:
        """Take the next rows (n, H, W, c) of all into the digest."""
        self._digest.update(rows.reshape(-1).view(torch.uint8).numpy().data)

    @property
    def digest(self) -> str:
        """The digest of type, shape and bytes."""
        return self._digest.hexdigest()

    def index_select(self, dim: int, positions: Tensor) -> Tensor:
        """Return the rows at `positions` (n,) on the device, as `Tensor.index_select` does for `dim` 0."""
        if dim != 0:
            raise ValueError("pictures are read by row")
        place = next((i for i, (awaited, _) in enumerate(self._coming) if torch.equal(awaited, positions)), None)
        if place is None:  # nobody said that these would be asked
            return self._moved(self._read(positions))
        for _ in range(place):  # those before were left out
            self._coming.popleft()[1].cancel()
        _, rows = self._coming.popleft()
        self._go_on(place + 1)
        return self._moved(rows.result())

    @contextmanager
    def ahead(self, wanted: Iterable[Tensor]) -> Iterator[None]:
        """Decode what will be asked for, in this order, beside what is computed; at the end no thread is left."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")  # a picture's reader has threads of its own
        self._pool, self._wanted = pool, iter(wanted)
        try:
            self._go_on(AHEAD)
            yield
        finally:
            self._pool, self._wanted = None, iter(())
            self._coming.clear()
            pool.shutdown(cancel_futures=True)

    def _go_on(self, count: int) -> None:
        if self._pool is not None:
            for positions in islice(self._wanted, count):
                self._coming.append((positions, self._pool.submit(self._read, positions)))

    def _read(self, positions: Tensor) -> Tensor:
        rows = channels_last(self.part.read(positions.cpu().numpy()))
        return rows.pin_memory() if self.device.type == "cuda" else rows

    def _moved(self, rows: Tensor) -> Tensor:
        return rows.to(self.device, non_blocking=True)  # without waiting only from pinned memory
