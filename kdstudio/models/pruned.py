"""A finished network with its weakest channels taken out: narrower layers, and not zeros in wide ones.

Channels that belong together, such as those that a shortcut adds, are found by torch-pruning's dependency graph and
ranked by the norm of all their weights (Fang et al. 2023, DepGraph, https://arxiv.org/abs/2301.12900). Every layer
keeps as many as the narrower network of the same family has, so that what is left is an ordinary member of it.
"""

import warnings
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture, empty, fill
from kdstudio.models.model import Model, tappable

_KINDS = (nn.Conv1d, nn.Conv2d, nn.Linear)


def pruned(model: Model, share: float) -> Model:
    """Return the model without `share` of its channels; raises ModelError where that is not known how to do."""
    spec = model.spec
    if spec.architecture not in ARCHITECTURES or spec.reused is not None:
        message = f"a {model.format} model cannot be pruned: which of its channels belong together is not known"
        raise ModelError(
            message, hint="Prune a student of one of the app's own architectures, or prune single weights."
        )
    if spec.bits is not None:
        message = f"{model.label} cannot be pruned: its ranges of 8 bits belong to its channels"
        raise ModelError(message, hint="Prune the student that it was made from, and quantize what is left.")
    narrow = architecture(spec.architecture, spec.knobs).shrunk(1 - share, 1.0)
    goal = empty(narrow, spec.input_shape or model.preprocessing.shape, spec.classes)
    kept = _kept(model, goal)
    wanted = {name: tuple(tensor.shape) for name, tensor in goal.state_dict().items()}
    if wanted != {name: tuple(tensor.shape) for name, tensor in kept.items()}:
        message = f"{model.label or spec.architecture} cannot be pruned: its layers are tied in a way that is not known"
        hint = "MLPs, LeNets, small CNNs, MobileNets and ResNets with projections can be; padded shortcuts cannot. "
        hint += "Single weights can be pruned instead."
        raise ModelError(message, hint=hint)
    module = fill(goal, kept)
    return replace(
        model,
        module=module,
        spec=replace(spec, knobs=narrow.model_dump(mode="json")),
        path=None,
        format="new",
        digest="",
        layers=tuple(tappable(module)),
        label=f"{narrow.label}, pruned",
    )


def _kept(model: Model, goal: nn.Module) -> dict[str, Tensor]:
    """Return the weights that are left where each layer keeps as many channels as `goal` has."""
    import torch_pruning

    module = deepcopy(model.module).cpu().eval()
    for parameter in module.parameters():
        parameter.requires_grad_(True)  # the graph is found by following gradients back
    sizes = {name: one.weight.shape[0] for name, one in goal.named_modules() if isinstance(one, _KINDS)}
    layers = [(name, one) for name, one in module.named_modules() if isinstance(one, _KINDS)]
    # Half a channel more than is kept: what is left is rounded down.
    ratios = {one: 1 - (sizes[name] + 0.5) / one.weight.shape[0] for name, one in layers if name in sizes}
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        torch_pruning.pruner.BasePruner(
            module,
            model.preprocessing.example(),
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.0,
            pruning_ratio_dict=ratios,
            ignored_layers=[layers[-1][1]],
        ).step()
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
