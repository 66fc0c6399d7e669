"""How much memory the answers of layers take while a network answers, by watching every tensor come and go."""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Activations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types here
    """Adds up the bytes of all tensors that operations make, while they are alive; `peak` is the most at one time.

    Memory counts once, however many tensors look at it. What was there before (weights) does not count, nor what a
    kernel takes and gives back inside itself. Watches the thread that enters it, and that alone.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch has no types here
        self._alive: dict[int, int] = {}
        self._before: dict[int, object] = {}  # kept, so that their places are not taken by others
        self._now = self.peak = 0

    def meet(self, tensor: Tensor) -> None:
        """Count a tensor from now until its memory is free."""
        if tensor.layout != torch.strided:
            return
        storage = tensor.untyped_storage()
        place = storage._cdata
        if place in self._before or place in self._alive:
            return
        self._alive[place] = storage.nbytes()
        self._now += self._alive[place]
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._lose, place).atexit = False

    def _pass(self, tensor: Tensor) -> None:
        """Leave a tensor out that an operation is given and that none has made."""
        if tensor.layout != torch.strided:
            return
        storage = tensor.untyped_storage()
        if storage._cdata not in self._alive:
            self._before[storage._cdata] = storage

    def _lose(self, place: int) -> None:
        self._now -= self._alive.pop(place, 0)

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Carry out an operation and meet what it answers."""
        del types
        for leaf in tree_leaves((args, kwargs)):
            if isinstance(leaf, Tensor):
                self._pass(leaf)
        answer = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(answer):
            if isinstance(leaf, Tensor):
                self.meet(leaf)
        return answer
