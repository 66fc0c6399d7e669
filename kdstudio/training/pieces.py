"""Answers to more inputs at once than fit into memory: in pieces, which a model that does not learn answers alike."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from kdstudio.core.errors import OutOfMemory, Problem
from kdstudio.core.events import Event, Noticed, in_words
from kdstudio.models.model import Model
from kdstudio.models.values import Batch, Outputs
from kdstudio.training.parts import is_out_of_memory


class Pieces:
    """How many inputs a model in evaluation mode answers at once: all of a batch, until one does not fit into memory.

    Then half as many or fewer, from there on. Each input has the same answer but for rounding, which depends on how
    many are computed together: `state` lets a resumed run go on with the same pieces, and so with the same bits.
    """

    def __init__(self, model: Model, name: str) -> None:
        self.model, self.name = model, f"the {in_words(name)}"
        self.most = 0  # 0: all
        self._size = 0  # of the batch that did not fit, where nobody was told of it yet

    def answer(self, forward: Callable[[Batch], Outputs], batch: Batch) -> Outputs:
        """Return what `forward` answers to a batch; raises OutOfMemory where not even one input fits."""
        while True:
            try:
                if not 0 < self.most < len(batch):
                    return forward(batch)
                for how in self.model.preparations:
                    if how in batch.ahead:
                        batch.prepared(how)  # texts are padded together, so that what they give can be joined again
                return _joined([forward(part) for part in batch.parts(self.most)])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self._halve(len(batch))

    def news(self) -> Iterator[Event]:
        """Say, once, that answers are computed in smaller pieces than was said before."""
        if self._size:
            message = f"{self._size} inputs at once do not fit into memory, so {self.name} answers {self.most} at once"
            hint = "The answers are the same but for rounding; they take a little longer."
            self._size = 0
            yield Noticed(problem=Problem(message=message, hint=hint, severity="warning"))

    def state(self) -> dict[str, Any]:
        """Return what an exact resume needs."""
        return {"most": self.most}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with the pieces of a state; the whole batch where an older version wrote it."""
        self.most = state.get("most", 0)

    def _halve(self, size: int) -> None:
        now = min(self.most or size, size)
        if now <= 1:
            raise OutOfMemory(
                f"The device ran out of memory: {self.name} cannot answer even one input.",
                hint="Close other programs, choose a smaller model or smaller inputs, or use another device.",
            )
        self.most, self._size = 1 << (now - 1).bit_length() - 1, size  # a power of two, whichever batch came first
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()


def _joined(answers: Sequence[Outputs]) -> Outputs:
    features = {name: torch.cat([one.features[name] for one in answers]) for name in answers[0].features}
    tokens = [one.tokens for one in answers if one.tokens is not None]
    return Outputs(torch.cat([one.logits for one in answers]), features, torch.cat(tokens) if tokens else None)
