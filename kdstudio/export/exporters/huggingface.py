"""A Hugging Face folder: a transformers student with its tokenizer or processor, as `from_pretrained` opens it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from kdstudio.core.errors import ExportError, ModelError
from kdstudio.core.files import write_bytes, write_json
from kdstudio.export.formats import EXACT, Answers, Tolerance
from kdstudio.models.head import Head
from kdstudio.models.loaders.image_processor import FILE, processor_of
from kdstudio.models.model import Model
from kdstudio.models.outputs import PLAIN
from kdstudio.models.preprocessing.base import Feed
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing
from kdstudio.models.source import load
from kdstudio.models.transformers_net import TransformersNet

_HINT = "Export it as ONNX or safetensors."


class HuggingFace:
    """`config.json` with the labels, `model.safetensors`, and a tokenizer or how pictures or sounds are prepared."""

    title: ClassVar[str] = "Hugging Face folder"
    help: ClassVar[str] = (
        "For transformers: from_pretrained opens weights and tokenizer or processor. For students of its networks."
    )
    file: ClassVar[str] = "huggingface"
    tolerance: ClassVar[Tolerance] = EXACT

    @staticmethod
    def write(model: Model, _shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Save what transformers needs to build the student again."""
        network = _network(model)
        if not model.per_token:
            network.config.id2label = dict(enumerate(model.class_names)) or network.config.id2label
            network.config.label2id = {name: code for code, name in network.config.id2label.items()}
        path.mkdir()
        network.save_pretrained(path)
        _write_preparation(model, path)

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the folder as transformers answers that reads it again, on one CPU thread."""
        try:
            model = load(path)
        except ModelError as error:
            raise ExportError(f"transformers does not open the folder: {error}", hint=_HINT) from error
        model.module.eval()

        def answer(fed: Feed) -> np.ndarray:
            given = [torch.from_numpy(value) for value in fed.values()]
            with torch.inference_mode():
                return model.output.logits(model.module(model.preprocessing.in_graph(*given))).numpy()

        return answer


EXPORTER = HuggingFace


def _network(model: Model) -> Any:
    """Return the student as transformers knows it; raises ExportError where it is another."""
    net = model.module
    if not isinstance(net, TransformersNet):
        raise ExportError("Only a student that is one of transformers' networks can be its folder.", hint=_HINT)
    if model.output != PLAIN or any(isinstance(one, Head) for one in net.modules()):
        message = "The student answers through parts that transformers does not know."
        raise ExportError(message, hint=_HINT)
    return net.network


def _write_preparation(model: Model, path: Path) -> None:
    """Write beside the network how an input becomes what it takes; raises ExportError where that is not known."""
    how = model.preprocessing
    match how:
        case TokenPreprocessing():
            write_bytes(path / "tokenizer.json", how.tokenizer.encode())
            told = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": how.length}
            chat = {"chat_template": how.template, "bos_token": how.begin, "eos_token": how.end}
            named = {key: value for key, value in chat.items() if value}
            write_json(path / "tokenizer_config.json", told | _padding(how) | named)
        case ImagePreprocessing():
            write_json(path / FILE, processor_of(how))
        case WaveformPreprocessing():
            write_json(path / FILE, _listening(how))
        case _:
            message = f"Transformers has no processor that prepares inputs as this student does: {how.describe()}."
            raise ExportError(message, hint=_HINT)


def _listening(how: WaveformPreprocessing) -> dict[str, Any]:
    return {
        "feature_extractor_type": "Wav2Vec2FeatureExtractor",
        "feature_size": 1,
        "sampling_rate": how.rate,
        "do_normalize": how.normalise,
        "padding_value": 0.0,
        "return_attention_mask": False,
    }


def _padding(how: TokenPreprocessing) -> dict[str, str]:
    """Name the token that stands where there is none, so that batches of texts can be padded."""
    word = how.word(how.pad)
    return {} if word is None else {"pad_token": word}
