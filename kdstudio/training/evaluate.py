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
    """Return the model's answers for every input, in the order of the data; the model is left in the mode it was in."""
    was_training = model.module.training
    model.module.eval()
    try:
        pieces = []
        for positions in data.chunks():
            with torch.inference_mode():
                pieces.append(model.answer(data.batch(positions)).float())
            done = int(positions[-1]) + 1
            yield Progress(done=done, total=len(data), doing=f"Evaluating {name}")
    finally:
        model.module.train(was_training)
    targets = data.targets.cpu().numpy()
    return Predictions(
        index=data.index.cpu().numpy(),
        targets=np.where(targets == IGNORE, -1, targets),
        logits=torch.cat(pieces).cpu().numpy(),
        class_names=class_names,
        model=name,
        split=split,
    )
