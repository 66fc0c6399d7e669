"""Classifiers of sound in Hugging Face folders: networks that take samples, and the rate that they want."""

import json
from typing import Any

from pydantic import ValidationError

from kdstudio.core.digest import digest_path
from kdstudio.core.errors import ModelError, Problem
from kdstudio.models.loaders.folders import Folder
from kdstudio.models.model import Model, Spec, tappable
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing
from kdstudio.models.tasks import of_config
from kdstudio.models.transformers_net import is_known, load

_FAMILIES = (
    "Wav2Vec2", "Wav2Vec2Conformer", "Hubert", "WavLM", "UniSpeech", "UniSpeechSat", "Data2VecAudio", "SEW", "SEWD",
)  # fmt: skip
SAMPLES = tuple(f"{family}ForSequenceClassification" for family in _FAMILIES)
_USUAL_RATE = 16_000
# masking in training draws from numpy's generator, and what it fills in from torch's while the network is built
_UNMASKED = {"apply_spec_augment": False, "mask_time_prob": 0.0, "mask_feature_prob": 0.0}


def sound_classifier(folder: Folder) -> Model:
    """Return the model of a folder; raises ModelError where its network takes spectra that only its library makes."""
    if folder.architecture not in SAMPLES or not is_known(folder.config, "audio"):
        raise ModelError(
            f"{folder.architecture} takes spectra that transformers computes, and not samples",
            hint=f"Open one of: {', '.join(SAMPLES)}; or a file of this model's answers.",
        )
    config = folder.config | _UNMASKED
    module = load(config, "audio", folder.tensors(), folder.seed)
    known: Any = module.network.config
    processor = folder.json("preprocessor_config.json")
    return Model(
        module=module,
        spec=Spec(
            "huggingface", {"config": json.dumps(config, sort_keys=True), "task": "audio"}, None, known.num_labels
        ),
        preprocessing=_preprocessing(processor),
        class_names=folder.class_names,
        path=folder.path,
        format="Hugging Face folder",
        layers=tuple(tappable(module)),
        digest=digest_path(folder.path),
        problems=tuple(problem.model_copy(update={"where": str(folder.path)}) for problem in _notes(processor)),
        label=folder.architecture,
        output=of_config(known).output,
        task=of_config(known).task,
    )


def _preprocessing(processor: dict[str, Any]) -> WaveformPreprocessing:
    try:
        return WaveformPreprocessing(
            rate=processor.get("sampling_rate", _USUAL_RATE), normalise=processor.get("do_normalize", True)
        )
    except ValidationError as error:
        message = f"preprocessor_config.json asks for what cannot be: {error.errors()[0]['msg']}"
        raise ModelError(message, hint="Download the folder again.") from error


def _notes(processor: dict[str, Any]) -> list[Problem]:
    found = []
    if "sampling_rate" not in processor:
        message = "the folder does not say the rate of its sounds: 16 kHz is assumed"
        hint = "Download its preprocessor_config.json, too."
        found.append(Problem(message=message, hint=hint, severity="warning"))
    if processor.get("return_attention_mask"):
        message = "the network was trained with short clips masked; here they end in silence that it hears"
        found.append(Problem(message=message, severity="note"))
    return found
