"""Asking the models of a run about the same inputs, and comparing what their layers gave."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from kdstudio.analysis.embedding import sample
from kdstudio.analysis.layers import FEWEST, LayersCompared, class_likeness, likeness_of_inputs, spread
from kdstudio.core.errors import DataError
from kdstudio.core.listening import tell
from kdstudio.core.targets import Task
from kdstudio.data.dataset import Part
from kdstudio.models.attention import ATTENTION
from kdstudio.models.model import Model
from kdstudio.models.taps import EMBEDDED, EMBEDDING, answer, shapes
from kdstudio.models.values import Batch
from kdstudio.training.batches import Tensors, load

INPUTS, LAYERS = 1000, 16  # at most: a layer is kept as 1000 · 999 / 2 numbers, 4 MB
LOGITS = "logits"
_AT_ONCE = 64  # inputs a forward pass


def compare_layers(
    models: Mapping[str, Model], part: Part, class_names: tuple[str, ...], task: Task, seed: int
) -> LayersCompared:
    """Return what teacher, student and (where it is in `models`) baseline have in common inside.

    They are asked about up to 1,000 inputs of `part`, of each class its share, drawn by `seed`. Maps are averaged over
    their places, tokens over those of the text. The last layer is the answer itself. Torch's default generator is left
    alone. Raises ModelError where the layers of one are `unseen`, DataError for fewer than 4 inputs; ends between two
    batches where nobody waits any more.
    """
    chosen = part.subset(_drawn(part, task, seed))
    if len(chosen) < FEWEST:
        raise DataError("There are too few inputs to compare layers.", hint="Use data with at least 4 test inputs.")
    tensors = _read(chosen, models)
    names: dict[str, tuple[str, ...]] = {}
    likenesses: dict[str, np.ndarray] = {}
    classes: dict[str, np.ndarray] = {}
    for at, (who, model) in enumerate(models.items()):
        found = _features(model, tensors, who, (at, len(models)))
        names[who] = tuple(found)
        likenesses[who] = np.stack([likeness_of_inputs(values) for values in found.values()])
        if task == "classification":
            classes[who] = class_likeness(found[EMBEDDING], chosen.targets, len(class_names))
    cka = {who: likenesses["teacher"] @ own.T for who, own in likenesses.items() if who != "teacher"}
    return LayersCompared(names, cka, classes, class_names if classes else (), len(chosen), len(part))


def unseen(models: Mapping[str, Model]) -> str:
    """Return why the layers of one of the models cannot be seen, as a clause; "" where all can."""
    for who, model in models.items():
        if not model.layers:
            what = f"is in the format {model.format}" if model.format else "is several models that answer together"
            return f"the {who} {what}, and only those of one model that is opened from its weights show themselves"
    return ""


def compared_layers(model: Model) -> tuple[str, ...]:
    """Return up to 15 layers of a model, front to back: a stage by its blocks, the input of the classifier last."""
    seen = [name for name in shapes(model) if name not in (EMBEDDED, EMBEDDING) and not name.endswith(ATTENTION)]
    inner = [name for name in seen if not any(other.startswith(f"{name}.") for other in seen)]
    return spread((*inner, EMBEDDING), LAYERS - 1)


def _drawn(part: Part, task: Task, seed: int) -> np.ndarray:
    """Return positions, ascending: of each class its share, drawn by `seed`."""
    order = np.random.default_rng(seed).permutation(len(part))
    classes = part.targets[order] if task == "classification" else np.zeros(len(part), dtype=np.int64)
    return np.sort(order[sample(classes, INPUTS)])


def _read(part: Part, models: Mapping[str, Model]) -> Tensors:
    reading = load(part, torch.device("cpu"), "test", {how for one in models.values() for how in one.preparations})
    while True:
        try:
            event = next(reading)
            tell("Reading test inputs", getattr(event, "done", 0), getattr(event, "total", 0))
        except StopIteration as end:
            tensors: Tensors = end.value
            return tensors


def _features(model: Model, tensors: Tensors, who: str, place: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return what each compared layer and the answer gave, (n, d) float32 in the order of the data."""
    layers, at = compared_layers(model), place
    pieces: dict[str, list[Tensor]] = {name: [] for name in (*layers, LOGITS)}
    was_training, done = model.module.training, 0
    model.module.eval()
    try:
        for chunk in tensors.chunks():
            for positions in torch.split(chunk, _AT_ONCE):
                tell(f"Asking the {who}", at[0] * len(tensors) + done, at[1] * len(tensors))
                with torch.inference_mode():
                    _add(pieces, model, tensors.batch(positions), layers)
                done += len(positions)
    finally:
        model.module.train(was_training)
    return {name: tensors.in_order(found).numpy() for name, found in pieces.items()}


def _add(pieces: dict[str, list[Tensor]], model: Model, batch: Batch, layers: tuple[str, ...]) -> None:
    outputs = answer(model, batch, layers)
    for name in layers:
        pieces[name].append(averaged(outputs.features[name], outputs.tokens))
    pieces[LOGITS].append(outputs.logits.float())


def averaged(features: Tensor, tokens: Tensor | None) -> Tensor:
    """Return features (N, d) float32 of maps (N, c, h, w), tokens (N, L, d) or vectors, averaged over all places.

    `tokens` (N, L) says with −1 at which places a text has none: they do not count. Other shapes are flattened.
    """
    features = features.float()
    if features.dim() == 4:
        return features.mean(dim=(2, 3))
    if features.dim() != 3:
        return features.flatten(1)
    if tokens is None or tokens.shape[1] != features.shape[1]:
        return features.mean(dim=1)
    there = (tokens >= 0).to(features)[:, :, None]
    return (features * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
