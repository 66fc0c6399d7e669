"""Folders of sound classifiers that transformers itself wrote, against what transformers itself answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from kdstudio.core.errors import ModelError
from kdstudio.data.kinds import AudioInputs
from kdstudio.models.inspect import inspect
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing
from kdstudio.models.save import save
from kdstudio.models.source import load

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
EAR = {"conv_dim": [8, 8], "conv_kernel": [10, 3], "conv_stride": [5, 4], "classifier_proj_size": 8}
BODY = {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "num_feat_extract_layers": 2}
NAMES = {"id2label": {0: "yes", 1: "no", 2: "noise"}, "label2id": {"yes": 0, "no": 1, "noise": 2}}
PROCESSOR = {"sampling_rate": 16_000, "do_normalize": True, "feature_extractor_type": "Wav2Vec2FeatureExtractor"}


@pytest.fixture(autouse=True)
def _quiet():
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


@pytest.fixture
def make(tmp_path):
    """Write a folder; its weights come from a generator of their own, put back afterwards."""

    def write(family: str = "Wav2Vec2", processor: dict | None = PROCESSOR) -> Path:
        state = torch.get_rng_state()
        torch.manual_seed(0)
        config = getattr(transformers, f"{family}Config")(**SMALL, **EAR, **BODY, **NAMES)
        folder = tmp_path / f"Modell {family} ü"
        getattr(transformers, f"{family}ForSequenceClassification")(config).save_pretrained(folder)
        torch.set_rng_state(state)
        if processor is not None:
            (folder / "preprocessor_config.json").write_text(json.dumps(processor))
        return folder

    return write


def clips(count=2, samples=4000, seed=0):
    return (np.random.default_rng(seed).normal(0.05, 0.1, (count, samples))).astype(np.float32)


@pytest.mark.parametrize("family", ["Wav2Vec2", "Hubert", "WavLM"])
def test_that_logits_are_those_of_transformers(make, family):
    folder = make(family)
    model = load(folder)
    assert model.class_names == ("yes", "no", "noise")
    assert isinstance(model.preprocessing, WaveformPreprocessing)
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder, local_files_only=True)
    prepared = extractor(list(clips()), sampling_rate=16_000, return_tensors="pt")["input_values"]
    with torch.random.fork_rng():  # transformers itself draws while it builds
        theirs = transformers.AutoModelForAudioClassification.from_pretrained(folder, local_files_only=True).eval()
    with torch.no_grad():
        assert torch.allclose(model.respond(clips()), theirs(prepared).logits, atol=1e-5)


def test_that_a_short_clip_is_prepared_as_transformers_pads_it(make):
    extractor = transformers.Wav2Vec2FeatureExtractor(**PROCESSOR | {"return_attention_mask": True})
    short, long = clips(1, 1000)[0], clips(1, 3000, seed=1)[0]
    theirs = extractor([short, long], sampling_rate=16_000, padding=True, return_tensors="pt")["input_values"]
    how = WaveformPreprocessing(rate=16_000)
    ours = how.apply(how.raw(np.stack([np.pad(short, (0, 2000)), long])))
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_that_silence_does_no_harm():
    how = WaveformPreprocessing(rate=16_000, samples=100)
    assert torch.equal(how.apply(how.raw(np.zeros((1, 50)))), torch.zeros(1, 100))


def test_that_length_and_rate_come_from_the_data(make):
    model = load(make()).suited(AudioInputs(1, 8000, 1600, lambda row: np.zeros(1600)))
    assert model.preprocessing.shape == (3200,)
    assert model.spec.input_shape == (3200,)
    assert model.respond(clips(2, 1600)).shape == (2, 3)
    tiny = load(make("Hubert")).suited(AudioInputs(1, 16_000, 3, lambda row: np.zeros(3)))
    assert tiny.respond(clips(1, 3)).shape == (1, 3)


def test_that_inspect_says_what_it_is(make):
    item = inspect(make())
    assert item.architecture == "huggingface"
    assert item.preprocessing == "samples at 16 kHz, mean 0 and deviation 1"
    assert item.classes == 3
    assert item.can_train
    assert not item.problems


def test_that_a_saved_one_is_opened_again(make, tmp_path):
    model = load(make()).suited(AudioInputs(1, 16_000, 4000, lambda row: np.zeros(4000)))
    save(model, tmp_path / "saved.safetensors")
    again = load(tmp_path / "saved.safetensors")
    assert again.preprocessing == model.preprocessing
    with torch.no_grad():
        assert torch.equal(again.respond(clips()), model.respond(clips()))


def test_that_a_folder_without_its_processor_says_what_is_assumed(make):
    model = load(make(processor=None))
    assert "16 kHz is assumed" in model.problems[0].message


@pytest.mark.parametrize("processor", [{"sampling_rate": "many"}, {"sampling_rate": 0}, {"do_normalize": "perhaps"}])
def test_that_a_spoiled_processor_is_refused(make, processor):
    with pytest.raises(ModelError, match=r"preprocessor_config\.json asks for what cannot be"):
        load(make(processor=processor))


def test_that_a_network_that_takes_spectra_is_refused(tmp_path):
    config = {"architectures": ["ASTForAudioClassification"], "model_type": "audio-spectrogram-transformer"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="takes spectra that transformers computes"):
        load(tmp_path)
