"""Writing a model as safetensors, with everything that is needed to open it again."""

from pathlib import Path

from safetensors.torch import save as to_bytes
from torch import Tensor

from kdstudio.core.files import write_bytes
from kdstudio.models.assemble import METADATA, describe
from kdstudio.models.build import twins
from kdstudio.models.model import Model


def save(model: Model, path: Path, *, weights: dict[str, Tensor] | None = None) -> None:
    """Write weights and description to `path`, atomically; `load` gives the identical model back.

    `weights` stand in for the model's own where an earlier state of it is meant.
    """
    write_bytes(path, serialise(model, weights=weights))


def serialise(model: Model, *, weights: dict[str, Tensor] | None = None) -> bytes:
    """Return the content of the file that `save` writes; the same model always gives the same bytes.

    A weight that two layers share is written once. There is one metadata key and no `format`, because safetensors
    writes several in an order that changes.
    """
    state = model.module.state_dict() if weights is None else weights
    shared = twins(state)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items() if name not in shared}
    content: bytes = to_bytes(tensors, metadata={METADATA: describe(model)})
    return content
