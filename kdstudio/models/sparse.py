"""A finished network with single weights set to zero, the smallest first; its layers stay as wide as they are.

Han et al. 2015 (https://arxiv.org/abs/1506.02626) take weights by magnitude and train on what is left; Zhu and Gupta
2017 (https://arxiv.org/abs/1710.01878) do so in steps. All weight matrices and kernels share one threshold, after what
Lee et al. 2021 (LAMP, https://arxiv.org/abs/2010.07611) make of the magnitude: its square as a share of all squares of
the layer that are not smaller. Compared as they are, a layer of small weights before a norm would go first, and as a
whole: with half of its weights at zero, a MobileNet for digits was right on 85 % of them, and on 93 % this way.

Left out are biases and norms, of which there are few, and tables of embeddings: their rows are small where a token is
rare and not where it matters little, and looking a row up costs no multiplication.

The zeros themselves say which weights are out; `Spec.sparse` says that they stay while it learns (training.learner).
"""

import re
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.models.model import Model


def sparsified(model: Model, share: float) -> Model:
    """Return the model with `share` of the numbers in its `matrices` at zero, those that are so already among them.

    Of equally small ones all go. The model given stays as it is. Raises ModelError where it has as many zeros before.
    """
    name, before = model.label or model.spec.architecture, zeros(model.module)
    if round(share, 4) <= round(before, 4):
        message = f"{before:.1%} of the weights of {name} are zero already"
        raise ModelError(message, hint="Choose a larger share: it counts the weights that are zero already.")
    module = deepcopy(model.module)
    weights = matrices(module)
    if not weights:
        raise ModelError(f"{name} shows no weights that could be set to zero", hint="Choose another student.")
    scores = {one: _score(weight) for one, weight in weights.items()}
    every = torch.cat(list(scores.values()))
    threshold = every.kthvalue(max(1, round(share * len(every)))).values
    for one, weight in weights.items():
        set_to_zero(weight, scores[one] <= threshold)
    return kept_sparse(
        replace(model, module=module, spec=replace(model.spec, sparse=True), path=None, format="new", digest="")
    )


def set_to_zero(weight: Tensor, gone: Tensor) -> None:
    """Set the numbers of a weight that `gone` (bool, of as many numbers) names to zero, in place."""
    with torch.no_grad():
        weight.masked_fill_(gone.view_as(weight), 0.0)  # a product with 0 would leave −0


def _score(weight: Tensor) -> Tensor:
    """Return the LAMP score of each number of a weight, float64: 0 for a zero, 1 for the largest."""
    squares, order = weight.detach().flatten().double().square().sort(stable=True)
    not_smaller = squares.flip(0).cumsum(0).flip(0)
    scores = torch.empty_like(squares)
    scores[order] = squares / not_smaller.clamp(min=torch.finfo(torch.float64).tiny)
    return scores


def matrices(module: nn.Module) -> dict[str, nn.Parameter]:
    """Return weight matrices and kernels by name, front to back, each once; none of an embedding's."""
    looked_up = {id(one) for layer in module.modules() if _is_embedding(layer) for one in layer.parameters()}
    return {
        name: one
        for name, one in module.named_parameters()
        if one.dim() > 1 and "weight" in name.rpartition(".")[2] and id(one) not in looked_up
    }


def zeros(module: nn.Module) -> float:
    """Return which share of the numbers in the `matrices` of a network is zero, 0 where it has none."""
    weights = matrices(module).values()
    total = sum(one.numel() for one in weights)
    return sum(one.numel() - int(one.detach().count_nonzero()) for one in weights) / total if total else 0.0


def kept_sparse(model: Model) -> Model:
    """Return the same model, sharing its weights, as one whose zeros stay zeros while it learns on."""
    label = _ZEROS.sub("", model.label or model.spec.architecture)
    return replace(model, spec=replace(model.spec, sparse=True), label=f"{label}, {zeros(model.module):.0%} zeros")


_ZEROS = re.compile(r", \d+% zeros")


def _is_embedding(layer: nn.Module) -> bool:
    return "Embedding" in str(getattr(layer, "original_name", type(layer).__name__))  # a script's layers have no types
