"""Answers of a model for a whole part of the data, and its scores."""

from collections.abc import Generator

import numpy as np
import torch

from kdstudio.core.events import Event, Progress
from kdstudio.core.types import Predictions
from kdstudio.methods.losses import IGNORE
from kdstudio.models.model import Model
from kdstudio.training.batches import Tensors


def predict(
    model: Model, data: Tensors, class_names: tuple[str, ...], *, name: str, split: str
) -> Generator[Event, object, Predictions]:
    """Return the model's logits (N, C) float32 for every input, in the order of the data, yielding progress.

    The model answers in evaluation mode and is left in the mode it was in.
    """
    was_training = model.module.training
    model.module.eval()
    try:
        pieces, done = [], 0
        with data.within_reach(data.chunks()):
            for positions in data.chunks():
                with torch.inference_mode():
                    pieces.append(model.answer(data.batch(positions)).float())
                done += len(positions)
                yield Progress(done=done, total=len(data), doing=f"Evaluating {name}")
    finally:
        model.module.train(was_training)
    targets = data.targets.cpu().numpy()
    return Predictions(
        index=data.index.cpu().numpy(),
        targets=targets if targets.dtype.kind == "f" else np.where(targets == IGNORE, -1, targets),
        logits=data.in_order(pieces).cpu().numpy(),
        class_names=class_names,
        model=name,
        split=split,
        task=model.task,
    )
