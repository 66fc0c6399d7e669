"""Answers of a model for a whole part of the data, and its scores."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kdstudio.analysis.embedding import sample
from kdstudio.core.events import Event, Progress
from kdstudio.core.types import Predictions
from kdstudio.methods.losses import IGNORE
from kdstudio.models.model import Model
from kdstudio.models.taps import EMBEDDING, answer, shapes
from kdstudio.models.values import Batch, Outputs
from kdstudio.training.batches import Tensors
from kdstudio.training.pieces import Pieces
from kdstudio.training.places import at_each_place


@dataclass(frozen=True, slots=True)
class Answered(Predictions):
    """Answers with what the classifier was given for a sample of the inputs, each class by its share.

    `sampled` (n,) are positions among the answers, ascending; `embedding` (n, d) float16. None where the model does not
    show it.
    """

    sampled: np.ndarray | None = None
    embedding: np.ndarray | None = None


class Embedding:
    """Collects what the classifier is given for a sample of a part, while a model answers all of it."""

    def __init__(self, model: Model, data: Tensors) -> None:
        targets = data.targets.cpu().numpy()
        self.rows = sample(targets if targets.ndim == 1 else np.zeros(len(targets), dtype=np.int64))
        self.layers = (EMBEDDING,) if len(shapes(model).get(EMBEDDING, ())) == 1 else ()
        self._is_wanted = torch.zeros(len(data), dtype=torch.bool)
        self._is_wanted[torch.from_numpy(self.rows)] = True
        self._found: list[tuple[Tensor, Tensor]] = []

    def take(self, positions: Tensor, seen: dict[str, Tensor]) -> None:
        """Keep what was seen of the wanted ones among these positions (n,)."""
        if EMBEDDING in seen:
            inside = self._is_wanted[positions.cpu()]
            kept = seen[EMBEDDING].detach()[inside.to(seen[EMBEDDING].device)]
            self._found.append((positions.cpu()[inside], kept.float().clamp(-65504, 65504).half().cpu()))

    @property
    def values(self) -> np.ndarray | None:
        """What was kept, in the order of `rows`, (n, d) float16."""
        if not self._found:
            return None
        order = torch.argsort(torch.cat([positions for positions, _ in self._found]))
        return np.asarray(torch.cat([values for _, values in self._found])[order].numpy())


def predict(
    model: Model, data: Tensors, class_names: tuple[str, ...], *, name: str, split: str, pieces: Pieces | None = None
) -> Generator[Event, object, Answered]:
    """Return the model's logits (N, C) float32 for every input, in the order of the data, yielding progress.

    The model answers in evaluation mode and is left in the mode it was in; in `pieces` where memory is short. Of a
    language model each place of each passage is an answer of its own (`places`).
    """
    if model.per_token:
        index, targets, logits = yield from at_each_place(model, data, name, pieces or Pieces(model, name))
        return Answered(index, targets, logits, class_names, model=name, split=split)
    was_training = model.module.training
    model.module.eval()
    try:
        found, done, embedding = [], 0, Embedding(model, data)
        pieces = pieces or Pieces(model, name)

        def forward(batch: Batch) -> Outputs:
            return answer(model, batch, embedding.layers)

        with data.within_reach(data.chunks()):
            for positions in data.chunks():
                with torch.inference_mode():
                    outputs = pieces.answer(forward, data.batch(positions))
                yield from pieces.news()
                found.append(outputs.logits.float())
                embedding.take(positions, outputs.features)
                done += len(positions)
                yield Progress(done=done, total=len(data), doing=f"Evaluating {name}")
    finally:
        model.module.train(was_training)
    targets = data.targets.cpu().numpy()
    return Answered(
        index=data.index.cpu().numpy(),
        targets=targets if targets.dtype.kind == "f" else np.where(targets == IGNORE, -1, targets),
        logits=data.in_order(found).cpu().numpy(),
        class_names=class_names,
        model=name,
        split=split,
        task=model.task,
        sampled=embedding.rows,
        embedding=embedding.values,
    )
