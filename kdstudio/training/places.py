"""The answers of a language model: it is a classifier at every place of a passage that has a next token.

So its answers are kept as a classifier's are, one row a place, and every number and picture that is made of answers
means for tokens what it means for images. (The first design kept the likeliest tokens of each place instead. Their
sets differ between teacher and student, so that agreement, divergence and doubt would all have been estimates.)
"""

from collections.abc import Generator

import numpy as np
import torch

from kdstudio.core.events import Event, Progress
from kdstudio.models.model import Model
from kdstudio.models.taps import answer
from kdstudio.training.batches import Tensors
from kdstudio.training.pieces import Pieces


def at_each_place(
    model: Model, data: Tensors, name: str, pieces: Pieces
) -> Generator[Event, object, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return index (P,), next tokens (P,) and logits (P, V) float32 of all places, in the order of the passages.

    The index of a place is row · `data.reader.length` + place, so that it names the passage, too.
    """
    assert data.reader is not None
    was_training = model.module.training
    model.module.eval()
    index, targets, logits, done = [], [], [], 0
    try:
        for positions in data.chunks():
            batch = data.batch(positions)
            assert batch.mask is not None
            with torch.inference_mode():
                outputs = pieces.answer(lambda part: answer(model, part), batch)
                logits.append(outputs.logits[batch.mask].float().cpu())
            yield from pieces.news()
            rows, places = batch.mask.nonzero(as_tuple=True)
            index.append((batch.index[rows] * data.reader.length + places).cpu())
            targets.append(batch.targets[batch.mask].cpu())
            done += len(positions)
            yield Progress(done=done, total=len(data), doing=f"Evaluating {name}")
    finally:
        model.module.train(was_training)
    order = torch.argsort(torch.cat(index))
    found = [torch.cat(one)[order].numpy() for one in (index, targets, logits)]
    return found[0], found[1], found[2]
