"""A student derived from its teacher: the same family, narrower and shallower."""

import json
import re
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.models.build import ARCHITECTURES, architecture
from kdstudio.models.model import Model, tappable
from kdstudio.models.outputs import PLAIN
from kdstudio.models.transformers_net import TransformersNet, load, with_layers
from kdstudio.recipe.choices import Shrink, StudentChoice

_INSTEAD = "Choose the student's architecture instead."


def shrunk(teacher: Model, shrink: Shrink) -> StudentChoice:
    """Return the architecture and knobs of a smaller teacher; raises ModelError for a model outside the zoo."""
    if teacher.spec.architecture not in ARCHITECTURES:
        raise ModelError(
            f"a {teacher.format} model cannot be shrunk: how it is built is not known",
            hint=_INSTEAD,
        )
    knobs = architecture(teacher.spec.architecture, teacher.spec.knobs).shrunk(shrink.width, shrink.depth)
    return StudentChoice(architecture=teacher.spec.architecture, knobs=knobs.model_dump(mode="json"))


def is_copied(teacher: Model) -> bool:
    """Whether a smaller teacher is a copy of some of its layers, weights and all, and no new network."""
    return isinstance(teacher.module, TransformersNet)


def fewer_layers(teacher: Model, shrink: Shrink) -> Model:
    """Return a transformer with a share of the teacher's layers, evenly spaced, and the teacher's weights in them.

    Half of the depth is every other layer, the way DistilBERT begins (Sanh et al. 2019, https://arxiv.org/abs/
    1910.01108, section 2). Raises ModelError where the network has no such layers, or where a width is asked for.
    """
    assert isinstance(teacher.module, TransformersNet)
    place, count = _layers(teacher.module)
    if shrink.width != 1 or not place:
        what = "keeps its width: the weights of fewer layers are copied, and of fewer units they cannot be"
        raise ModelError(
            f"{teacher.label} {what if place else 'has no stack of equal layers to choose from'}",
            hint="Give a width of 1 and a depth below 1." if place else _INSTEAD,
        )
    if teacher.spec.reused is not None:
        message = "the teacher answers with another's classifier, which a copy of its layers would not have"
        raise ModelError(message, hint=_INSTEAD)
    if teacher.output != PLAIN:
        message = "the teacher answers through a class map, which a copy of it would have to learn anew"
        raise ModelError(message, hint=_INSTEAD)
    kept = [i * count // _kept(count, shrink.depth) for i in range(_kept(count, shrink.depth))]
    config = with_layers(json.loads(teacher.spec.knobs["config"]), kept, count)
    module = load(config, teacher.module.task, _renamed(teacher.module.network, place, kept))
    knobs = teacher.spec.knobs | {"config": json.dumps(config, sort_keys=True)}
    return replace(
        teacher,
        module=module,
        spec=replace(teacher.spec, knobs=knobs),
        path=None,
        format="new",
        digest="",
        problems=(),
        layers=tuple(tappable(module)),
        label=f"{teacher.label}, {len(kept)} of {count} layers",
    )


def directions(teacher: Model) -> tuple[str, ...]:
    """Return in which ways a smaller one can be made of a model: "width", "depth", or none."""
    if isinstance(teacher.module, TransformersNet):
        return ("depth",) if _layers(teacher.module)[0] else ()
    return ("width", "depth") if teacher.spec.architecture in ARCHITECTURES else ()


def depths(teacher: Model) -> list[tuple[float, int]]:
    """Return the share of layers and the number of weights of each transformer that `fewer_layers` can make."""
    assert isinstance(teacher.module, TransformersNet)
    place, count = _layers(teacher.module)
    if not place:
        raise ModelError(f"{teacher.label} has no stack of equal layers to choose from", hint=_INSTEAD)
    layers = teacher.module.network.get_submodule(place)
    each = sum(parameter.numel() for parameter in layers.parameters()) // count
    return [(kept / count, teacher.parameters - (count - kept) * each) for kept in range(1, count + 1)]


def _kept(count: int, depth: float) -> int:
    return min(count, max(1, round(count * depth)))


def _layers(net: TransformersNet) -> tuple[str, int]:
    """Return where the stack of equal layers is and how many it has; an empty name where there is none."""
    config: Any = net.network.config
    count = getattr(config, "num_hidden_layers", None)
    for name, child in net.network.named_modules():
        if isinstance(child, nn.ModuleList) and len(child) == count and len({type(layer) for layer in child}) == 1:
            return name, len(child)
    return "", 0


def _renamed(network: nn.Module, place: str, kept: list[int]) -> dict[str, Tensor]:
    """Return copies of all weights but those of the layers that are left out, numbered anew."""
    number = re.compile(rf"^{re.escape(place)}\.(\d+)\.")
    tensors = {}
    for name, tensor in network.state_dict().items():
        found = number.match(name)
        if found is None:
            tensors[name] = tensor.detach().clone()
        elif int(found[1]) in kept:
            tensors[f"{place}.{kept.index(int(found[1]))}.{name[found.end() :]}"] = tensor.detach().clone()
    return tensors
