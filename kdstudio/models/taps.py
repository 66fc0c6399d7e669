"""Tapping layers: recording what they answer while a model answers, and the shapes of that."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from kdstudio.core.errors import ModelError
from kdstudio.models.attention import ATTENTION, Listening
from kdstudio.models.model import Model
from kdstudio.models.transformers_net import TransformersNet
from kdstudio.models.values import Batch, Outputs

EMBEDDING = "embedding"  # the input of the classifier, whatever it is called: (N, d)
EMBEDDED = "embedded"  # what the first block of a transformer is given, the tokens as numbers: (N, L, d)


def answer(model: Model, batch: Batch, layers: Collection[str] = ()) -> Outputs:
    """Answer a batch with logits (N, C), and with what `layers` gave: (N, c, h, w), (N, L, d) or (N, d)."""
    with tapped(model, layers) as features:
        logits = model.answer(batch)
    how = model.preprocessing
    return Outputs(logits, features, how.tokens(batch.prepared(how)) if layers else None)


def ask(model: Model, images: Tensor, layers: Collection[str] = ()) -> Outputs:
    """Answer raw images (N, c, H, W) in 0..1 that are in no data set, as `answer` does."""
    nothing = torch.full((len(images),), -1, device=images.device)
    return answer(model, Batch(images, nothing, nothing), layers)


@contextmanager
def tapped(model: Model, layers: Collection[str]) -> Iterator[dict[str, Tensor]]:
    """Record what these layers give, named as in `Model.layers` or `embedding`, while the model answers.

    Of a transformer `embedded` is what its first block is given, and BLOCK`:attention` what a block attends with:
    queries, keys and values (N, 3, heads, L, d_h); it is left out where the block does not show it.

    Raises ModelError for a layer that the model does not show. Hooks are put on for one answer and taken off again, so
    that nothing else that the model answers is kept.
    """
    seen: dict[str, Tensor] = {}
    handles = [_hook(model, name, seen) for name in layers]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _hook(model: Model, name: str, seen: dict[str, Tensor]) -> RemovableHandle | Listening:
    def before(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        seen[name] = given[0] if given else next(iter(named.values()))

    def after(layer: nn.Module, __: tuple[Any, ...], answer: Any) -> None:
        found = answer if isinstance(answer, Tensor) else answer[0]  # transformers add attention
        seen[name] = found.transpose(1, 2) if isinstance(layer, nn.Conv1d) else found  # (N, L, d), as all tokens are

    def hear(heard: Tensor) -> None:
        seen.setdefault(name, heard)  # a block that attends twice, as in a decoder, attends to itself first

    if name == EMBEDDING:
        return model.module.get_submodule(classifier(model)).register_forward_pre_hook(before, with_kwargs=True)
    if name == EMBEDDED and isinstance(model.module, TransformersNet):
        return model.module.get_submodule(model.layers[0]).register_forward_pre_hook(before, with_kwargs=True)
    block = name.removesuffix(ATTENTION)
    if block not in model.layers:
        known = ", ".join(model.layers[:8]) or "none"
        raise ModelError(f"the model shows no layer called {name!r}", hint=f"Its layers are: {known}.")
    if block != name:
        return Listening(model.module.get_submodule(block), hear)
    return model.module.get_submodule(name).register_forward_hook(after)


def classifier(model: Model) -> str:
    """Return the name of the last linear layer; raises ModelError where the model does not show one."""
    names: list[str] = [name for name, layer in model.module.named_modules() if isinstance(layer, nn.Linear)]
    if not names or not model.layers:
        raise ModelError(
            f"the layers of a model in the format {model.format or 'new'} cannot be seen",
            hint="Choose methods that compare answers, or open the model's weights (a state dict, safetensors).",
        )
    return names[-1]


def shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the shape of what each layer gives for one input, without the batch, and of the embedding; in order.

    The logits are left out: (c, h, w) of feature maps, (L, d) of tokens, (d,) of vectors, (3, heads, L, d_h) of what
    blocks attend with. Empty where nothing is shown.
    """
    if not model.layers:
        return {}
    last = classifier(model)
    names = [name for name in model.layers if name != last]
    if isinstance(model.module, TransformersNet) and names:
        names += [EMBEDDED, *(f"{name}{ATTENTION}" for name in names)]
    was_training = model.module.training
    model.module.eval()
    try:
        with torch.no_grad(), tapped(model, (*names, EMBEDDING)) as seen:
            model.module(model.preprocessing.example().to(model.device))
        return {name: tuple(seen[name].shape[1:]) for name in (*names, EMBEDDING) if name in seen}
    finally:
        model.module.train(was_training)
