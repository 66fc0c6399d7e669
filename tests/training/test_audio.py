"""Distilling on sound: two instruments made of pure tones and overtones, told apart by small networks."""

import json

import numpy as np
import pytest
import torch
import transformers
from scipy.io import wavfile

from kdstudio.core.errors import InvalidRecipe, ModelError
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.kinds import AudioInputs
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.recipe.choices import DataChoice
from kdstudio.recipe.recipe import parse
from kdstudio.training import batches
from kdstudio.training.run import train
from kdstudio.training.scoring import score_file
from tests.small_task import quick_recipe, result

RATE = 8000
SOFT = [{"method": "soft_targets", "temperature": 4.0}]


def write_tones(folder, rate=RATE):
    """120 clips of a quarter of a second: flute without overtones, reed with odd ones, in random pitches and noise."""
    draw = np.random.default_rng(5)
    times = np.arange(rate // 4) / rate
    for name, overtones in (("flute", (1,)), ("reed", (1, 3, 5))):
        (folder / name).mkdir(parents=True)
        for i in range(60):
            pitch = draw.uniform(200, 600)
            clip = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in overtones) / 3
            clip += draw.normal(0, 0.01, len(times))
            wavfile.write(folder / name / f"{i:02}.wav", rate, np.round(clip * 32767).astype(np.int16))
    return folder


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    return write_tones(tmp_path_factory.mktemp("tones") / "instruments")


def settings(data, **changes):
    value = {
        "student": {"architecture": "small_cnn", "knobs": {"width": 4}},
        "optimizer": {"name": "adamw", "learning_rate": 0.01},
        "epochs": 4,
        "batch_size": 32,
    }
    return parse(quick_recipe(data, **(value | changes)))


@pytest.fixture(scope="module")
def sound_teacher(tones, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "run"
    wide = {"architecture": "small_cnn", "knobs": {"width": 8}}
    list(train(settings(tones, student=wide, epochs=8), folder))
    return folder / "checkpoints" / "best" / "student.safetensors"


def test_that_a_student_learns_sounds_from_a_teacher(tones, sound_teacher, tmp_path):
    recipe = settings(tones, teachers=[{"path": str(sound_teacher)}], methods=SOFT, epochs=12)
    list(train(recipe, tmp_path / "run"))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["teacher"]["accuracy"] == 1.0
    assert summary["student"]["accuracy"] >= 0.9
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["teacher_cache"] is True


@pytest.mark.parametrize(
    "student",
    [
        {"architecture": "resnet", "knobs": {"depth": 8, "width": 4}},
        {"architecture": "mlp", "knobs": {"hidden": [16]}},
        {"architecture": "lenet", "knobs": {}},
    ],
)
def test_that_image_architectures_hear(tones, student, tmp_path):
    list(train(settings(tones, student=student, epochs=1), tmp_path / "run"))
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["student"]["count"] == 12


def test_that_a_teacher_hears_data_of_another_rate(sound_teacher, tmp_path):
    other = write_tones(tmp_path / "other", rate=16_000)
    scores = result(score_file(sound_teacher, DataChoice(path=str(other)), "test"))
    assert scores["accuracy"] >= 0.9


def test_that_a_network_of_samples_teaches_one_of_pictures(tones, tmp_path):
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
    ear = {"conv_dim": [8, 8], "conv_kernel": [10, 3], "conv_stride": [10, 8], "classifier_proj_size": 8}
    body = {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "num_labels": 2}
    config = transformers.HubertConfig(**small, **ear, **body)
    transformers.utils.logging.disable_progress_bar()
    transformers.HubertForSequenceClassification(config).save_pretrained(tmp_path / "hubert")
    (tmp_path / "hubert" / "preprocessor_config.json").write_text('{"sampling_rate": 4000, "do_normalize": true}')
    recipe = settings(tones, teachers=[{"path": str(tmp_path / "hubert")}], methods=SOFT, epochs=1)
    list(train(recipe, tmp_path / "run"))
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["transfer"]["agreement"] is not None


def test_that_a_teacher_of_pictures_is_refused_for_sound(tones, teacher, tmp_path):
    with pytest.raises(InvalidRecipe, match="the model takes images and the data is sound"):
        list(train(settings(tones, teachers=[{"path": str(teacher)}], methods=SOFT), tmp_path / "run"))


def test_that_a_teacher_of_sound_is_refused_for_pictures(digits, sound_teacher, tmp_path):
    with pytest.raises(InvalidRecipe, match="takes sound and the data is images"):
        list(train(settings(digits, teachers=[{"path": str(sound_teacher)}], methods=SOFT), tmp_path / "run"))


def test_that_a_model_of_sound_says_which_data_it_does_not_take(digits, sound_teacher):
    with pytest.raises(ModelError, match="takes sound and the data is images"):
        result(score_file(sound_teacher, DataChoice(path=str(digits)), "test"))


def test_that_an_architecture_for_text_is_refused_for_sound(tones, tmp_path):
    with pytest.raises(InvalidRecipe, match="does not take sound"):
        list(train(settings(tones, student={"architecture": "text_cnn", "knobs": {}}), tmp_path / "run"))


def test_that_only_a_few_pieces_of_sound_are_held_while_they_are_prepared(monkeypatch):
    monkeypatch.setattr(batches, "_NUMBERS", 1000)
    read = []
    inputs = AudioInputs(500, RATE, 100, lambda row: read.append(row) or np.full(100, row / 500, dtype=np.float32))
    how = LogMelPreprocessing(rate=RATE, samples=100, window=16, hop=8)
    loading = batches.load(Part.whole(inputs, np.zeros(500)), torch.device("cpu"), "training", [how])
    next(loading)
    assert len(read) <= 10 * (batches._AHEAD + 2)
    data = result(loading)
    assert sorted(read) == list(range(500))
    expected = how.apply(how.raw(inputs.read(np.arange(500))))
    assert torch.allclose(data.ahead[how], expected, atol=1e-5)


def test_that_pictures_are_read_in_order(monkeypatch):
    monkeypatch.setattr(batches, "_NUMBERS", 64)
    pictures = np.arange(40, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 2, 2), np.uint8)
    data = result(batches.load(Part.whole(ArrayInputs(pictures), np.arange(40)), torch.device("cpu"), "training", []))
    assert data.inputs is not None
    assert data.inputs[:, 0, 0, 0].tolist() == list(range(40))
