"""A finished network that goes on learning with the rounding that its exported file will have.

Which values are rounded, and how, is in `rounding`; here the first ranges are found, as a quantization after training
finds them: the lowest and highest of each activation, averaged over batches of training inputs.
"""

from collections import defaultdict
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from kdstudio.core.errors import ModelError
from kdstudio.core.spread import spread
from kdstudio.data.dataset import Part
from kdstudio.models.build import ARCHITECTURES
from kdstudio.models.model import NAMES, Model
from kdstudio.models.rounding import RoundedSum, labelled, put_rounding, roundings, unknown
from kdstudio.models.zoo.joints import Bits

SEEN, BATCH = 500, 50  # training inputs that the first ranges are measured on, and how many at once
_HINT = "Quantize a student for pictures, sounds or tables of one of the app's own architectures."


def quantized(model: Model, part: Part, bits: Bits = "int8") -> Model:
    """Return the model with weights and activations rounded to 8 bits, ranges measured on some inputs of `part`.

    The model given stays as it is, and one that rounds already is returned. Raises ModelError where it is not known how
    to round it.
    """
    if model.spec.bits == bits:
        return model
    refuse_unknown(model)
    module = deepcopy(model.module)
    shape = model.spec.input_shape or model.preprocessing.shape
    put_rounding(module, shape)
    found = _ranges(model, module, part)
    for name, rounding in roundings(module).items():
        rounding.range.copy_(found[name])
    return replace(
        model,
        module=module.eval(),
        spec=replace(model.spec, bits=bits),
        path=None,
        format="new",
        digest="",
        label=labelled(model.label or model.spec.architecture, bits),
    )


def refuse_unknown(model: Model) -> None:
    """Raise ModelError where a model cannot be rounded to 8 bits."""
    name = model.label or model.spec.architecture
    if model.spec.architecture not in ARCHITECTURES:
        message = f"a {model.format} model cannot be quantized while it learns: how it is built is not known"
        raise ModelError(message, hint=_HINT)
    if model.preprocessing.takes == "text":
        message = f"{name} takes {NAMES['text']} and cannot be quantized while it learns: ranges depend on the words"
        raise ModelError(message, hint="Export it with --quantize int8, which measures them for each text.")
    if kinds := unknown(model.module):
        message = f"{name} cannot be quantized while it learns: it has {' and '.join(kinds)} layers"
        raise ModelError(message, hint=_HINT)


def _ranges(model: Model, module: nn.Module, part: Part) -> dict[str, Tensor]:
    """Return the mean range (2,) over batches of what each rounding of `module` would be given by the plain model."""
    places = {name.rpartition(".")[0] for name in roundings(module)}
    seen: dict[str, list[Tensor]] = defaultdict(list)

    def note(name: str, given: tuple[Tensor, ...]) -> None:
        names = ("given", "beside") if isinstance(module.get_submodule(name), RoundedSum) else ("given",)
        for own, values in zip(names, given, strict=True):
            seen[f"{name}.{own}"].append(torch.stack(torch.aminmax(values.detach())))

    layers = {name: model.module.get_submodule(name) for name in places}
    handles = [
        layer.register_forward_pre_hook(lambda _, given, name=name: note(name, given)) for name, layer in layers.items()
    ]
    positions, was_training = spread(len(part), SEEN), model.module.training
    model.module.eval()
    try:
        with torch.no_grad():
            for start in range(0, len(positions), BATCH):
                model.respond(part.read(positions[start : start + BATCH]))
    finally:
        model.module.train(was_training)
        for handle in handles:
            handle.remove()
    return {name: torch.stack(each).mean(0) for name, each in seen.items()}
