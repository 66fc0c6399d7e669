"""Networks of the transformers library: built from their config alone, offline, and without drawing random numbers.

`from_pretrained` is handed tensors that were read here: it knows how names of old checkpoints became today's, and which
buffers a file never holds. It would draw weights that are missing from torch's default generator, which belongs to the
training thread; so they are marked as drawn already and come out as missing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from kdstudio.core.errors import ModelError, WeightsMismatch
from kdstudio.models.head import Head
from kdstudio.models.preprocessing.tokens import NOTHING

Task = Literal["image", "audio", "text", "next_token"]
_MAPPINGS: dict[Task, str] = {
    "image": "MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING",
    "audio": "MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING",
    "text": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING",
    "next_token": "MODEL_FOR_CAUSAL_LM_MAPPING",
}
_ARGUMENTS: dict[Task, str] = {"image": "pixel_values", "audio": "input_values"}  # of text there are two
_SPREAD = 0.02  # of new weights, where the config does not say
_UNCACHED = {"use_cache": False}  # what a language model keeps to write on is of no use to one that only answers


class TransformersNet(nn.Module):
    """A network whose forward takes prepared inputs alone and answers with the logits alone.

    `pad` is the token that stands where a text has none.
    """

    def __init__(self, network: nn.Module, task: Task) -> None:
        super().__init__()
        self.network = network
        self.task = task
        self.pad = int(getattr(network.config, "pad_token_id", None) or 0)

    def forward(self, inputs: Tensor) -> Tensor:
        """Answer prepared inputs (N, *) with logits (N, C), or tokens (N, L) with logits (N, L, V) of the next."""
        answer: Any = self.network(**self._arguments(inputs), return_dict=True)
        logits: Tensor = answer.logits
        return logits

    def _arguments(self, inputs: Tensor) -> dict[str, Tensor]:
        if self.task in _ARGUMENTS:
            return {_ARGUMENTS[self.task]: inputs}
        is_token = inputs != NOTHING
        return {"input_ids": torch.where(is_token, inputs, self.pad), "attention_mask": is_token.to(torch.int64)}

    def blocks(self) -> list[str]:
        """Return what can be tapped, front to back: the blocks in every list of blocks, and the last linear layer."""
        names: list[str] = []
        heads = [name for name, child in self.named_modules() if isinstance(child, Head)]
        for name, child in self.named_modules():
            inside = any(name.startswith(f"{block}.") for block in (*names, *heads))
            if isinstance(child, nn.ModuleList | nn.Sequential) and not inside:
                names += [f"{name}.{i}" for i, block in enumerate(child) if any(True for _ in block.parameters())]
        linear = [name for name, child in self.named_modules() if isinstance(child, nn.Linear)]
        return list(dict.fromkeys([*names, *linear[-1:]]))


@dataclass(frozen=True, slots=True)
class Misfit:
    """How weights differ from what the config asks for, by their names."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[str, ...]


def is_known(config: dict[str, Any], task: Task) -> bool:
    """Whether transformers itself has a network for this config and task; code of the folder's own is never run."""
    kind = _config_class(config)
    return kind is not None and kind in _mapping(task)


def build(config: dict[str, Any], task: Task) -> TransformersNet:
    """Return the network with its buffers right and its weights undefined, on the CPU; they are to be replaced."""
    network, _ = _assembled(config, task, {})
    return TransformersNet(network, task).eval()


def load(config: dict[str, Any], task: Task, tensors: dict[str, Tensor], seed: int | None = None) -> TransformersNet:
    """Return the network with these weights, in float32; raises WeightsMismatch where they are not all there.

    With a seed, what is not there of the classifier is drawn from a generator of its own, as the config says.
    """
    network, misfit = _assembled(config, task, tensors)
    if seed is not None:
        misfit = _drawn(network, misfit, seed)
    if misfit.missing or misfit.wrong:
        parts = {"missing": misfit.missing, "of another shape": misfit.wrong, "left over": misfit.unexpected}
        told = "; ".join(f"{len(names)} {word} (first: {names[0]})" for word, names in parts.items() if names)
        message = f"the weights do not fit the config.json beside them: {told}"
        raise WeightsMismatch(message, hint="Weights and config.json must be from the same save: download both again.")
    return TransformersNet(network, task).eval()


def with_layers(config: dict[str, Any], kept: list[int], count: int) -> dict[str, Any]:
    """Return a config for the layers `kept` of `count`, and what it says of each layer for those alone."""
    kind = _config_class(config)
    written = getattr(kind, "attribute_map", {}).get("num_hidden_layers", "num_hidden_layers")  # GPT-2: n_layer
    changed = {
        key: [value[i] for i in kept]
        for key, value in config.items()
        if isinstance(value, list) and len(value) == count and "layer" in key
    }
    return config | changed | {written: len(kept)}


def _config_class(config: dict[str, Any]) -> Any:
    transformers = _transformers()
    kind = config.get("model_type")
    known = isinstance(kind, str) and kind in transformers.CONFIG_MAPPING
    return transformers.CONFIG_MAPPING[kind] if known else None


def _mapping(task: Task) -> Any:
    return getattr(_transformers(), _MAPPINGS[task])


def _class(config: Any, task: Task) -> Any:
    """Return the network's class; where there are several, the one that the config names."""
    found = _mapping(task)[type(config)]
    several = found if isinstance(found, tuple) else (found,)
    return next((kind for kind in several if kind.__name__ in (config.architectures or ())), several[0])


def _assembled(config: dict[str, Any], task: Task, tensors: dict[str, Tensor]) -> tuple[nn.Module, Misfit]:
    try:
        made = _config_class(config).from_dict(config | (_UNCACHED if "use_cache" in config else {}))
        if task == "text" and made.pad_token_id is None:
            made.pad_token_id = 0  # decoders look for the last token that is none of these
        with torch.device("cpu"):
            network, told = _undrawn(_class(made, task)).from_pretrained(
                None,
                config=made,
                state_dict=tensors,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                local_files_only=True,
            )
    except ImportError as error:
        hint = "Install what it names beside kdstudio, or choose another model."
        raise ModelError(f"this network needs more than transformers: {_words(error)}", hint=hint) from error
    except Exception as error:  # a config of others may make the library raise anything
        hint = "Download the folder again."
        raise ModelError(
            f"the config.json describes a network that cannot be built: {_words(error)}", hint=hint
        ) from error
    wrong = tuple(sorted(str(key[0] if isinstance(key, tuple) else key) for key in told["mismatched_keys"]))
    return network, Misfit(tuple(sorted(told["missing_keys"])), tuple(sorted(told["unexpected_keys"])), wrong)


def _drawn(network: Any, misfit: Misfit, seed: int) -> Misfit:
    """Draw the weights of a classifier, and of a pooler before it, that no file has; return what else is missing."""
    body = f"{network.base_model_prefix}."
    new = [one for one in (*misfit.missing, *misfit.wrong) if not one.startswith(body) or ".pooler." in one]
    spread, draw = float(getattr(network.config, "initializer_range", _SPREAD)), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in new:
            weight = network.get_parameter(name)
            if weight.dim() > 1:
                weight.normal_(0, spread, generator=draw)
            else:
                weight.fill_(1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0)
    left = set(misfit.missing) - set(new), set(misfit.wrong) - set(new)
    return Misfit(tuple(sorted(left[0])), misfit.unexpected, tuple(sorted(left[1])))


def class_name(config: dict[str, Any], task: Task) -> str:
    """Return what the network of a config is called that answers this task."""
    kind = _config_class(config)
    return str(_class(kind.from_dict(config), task).__name__)


def _undrawn(kind: Any) -> Any:
    """Return the class with weights that no file has left undefined, and not drawn."""

    def initialise(self: Any) -> None:
        for parameter in self.parameters():
            parameter._is_hf_initialized = True  # what transformers looks at before it draws; buffers are left to it
        for module in self.modules():  # a weight that is computed from others carries no mark
            if any(parametrize.is_parametrized(one) for one in (module, *module.children())):
                module._is_hf_initialized = True
        kind.initialize_weights(self)

    made = type(kind.__name__, (kind,), {"initialize_weights": initialise, "__module__": kind.__module__})
    made.__qualname__ = kind.__qualname__
    return made


def tokenizer_of(folder: Path) -> str:
    """Return the content that tokenizer.json would have, for a folder with older files; raises ModelError."""
    try:
        found = _transformers().AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        content: str = found.backend_tokenizer.to_str()
    except Exception as error:  # files of others may make the library raise anything
        hint = "Save the tokenizer again with a newer transformers: tokenizer.save_pretrained(FOLDER)."
        raise ModelError(f"the tokenizer cannot be read: {_words(error)}", hint=hint) from error
    return content


def _words(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _transformers() -> Any:
    """Import the library, silent: its progress bars and reports are not for people here. Takes seconds."""
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers
