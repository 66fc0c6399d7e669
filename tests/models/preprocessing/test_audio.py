"""The log-mel picture, held against scipy's short-time Fourier transform and against what is known of sines."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.signal import chirp, stft

from kdstudio.data.dataset import Part
from kdstudio.data.kinds import AudioInputs
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.fit import fitted

RATE = 8000


def sounds(clips, rate=RATE):
    clips = np.asarray(clips, dtype=np.float32)
    inputs = AudioInputs(len(clips), rate, clips.shape[1], lambda row: clips[row])
    return Part.whole(inputs, np.zeros(len(clips), dtype=np.int64))


def sine(pitch, seconds=1.0, rate=RATE, amplitude=1.0):
    return amplitude * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)


def centres(how):
    """Return the middle pitch of each band, counted from mels as the definition says."""
    low, high = (2595 * np.log10(1 + pitch / 700) for pitch in (30, how.rate / 2))
    return 700 * (10 ** (np.linspace(low, high, how.mels + 2)[1:-1] / 2595) - 1)


@pytest.fixture
def plain():
    return LogMelPreprocessing(rate=RATE, samples=RATE, window=256, hop=125, average=2)


@pytest.mark.parametrize(
    ("rate", "seconds", "frames"),
    [(8000, 0.8, 32), (8000, 1, 32), (16_000, 1, 32), (44_100, 1, 32), (44_100, 5, 64), (22_050, 30, 64)],
)
def test_that_a_clip_becomes_a_picture_of_32_bands_and_32_columns_or_64_of_a_long_one(rate, seconds, frames):
    noise = np.random.default_rng(0).normal(0, 0.1, (3, round(rate * seconds)))
    how = fitted(sounds(noise, rate))
    assert how.shape[:2] == (1, 32)
    assert abs(how.frames - frames) <= 1
    assert how.hop <= how.window // 2
    pictures = how.apply(how.raw(noise))
    assert pictures.shape == (3, *how.shape)
    assert abs(float(pictures.mean())) < 1e-3
    assert abs(float(pictures.std()) - 1) < 1e-3


@pytest.mark.parametrize("pitch", [200, 500, 1000, 2000, 3500])
def test_that_a_sine_is_loudest_in_the_band_of_its_pitch(plain, pitch):
    picture = plain.apply(plain.raw(sine(pitch)[None]))[0, 0]
    expected = np.abs(centres(plain) - pitch).argmin()
    assert (picture[:, 1:-1].argmax(0) - expected).abs().max() <= 1


def test_that_a_rising_tone_climbs_through_the_bands(plain):
    tone = chirp(np.arange(RATE) / RATE, 100, 1, 3900)
    peaks = plain.apply(plain.raw(tone[None]))[0, 0].argmax(0)
    assert (torch.diff(peaks) >= 0).all()
    assert peaks[0] <= 4
    assert peaks[-1] >= 28


def test_that_its_power_is_that_of_scipys_short_time_fourier_transform(plain):
    clip = np.random.default_rng(1).normal(0, 0.1, RATE)
    before = (plain.window - plain.hop) // 2
    padded = np.concatenate([np.zeros(before), clip, np.zeros(2 * plain.window)])
    _, _, spectrum = stft(
        padded, window="hann", nperseg=256, noverlap=256 - 125, boundary=None, padded=False, scaling="spectrum"
    )
    power = (2 * np.abs(spectrum[:, :64])) ** 2  # (pitches, 64), a sine of amplitude 1 has power 1
    pitches = np.arange(129) * RATE / 256
    low, high = (2595 * np.log10(1 + pitch / 700) for pitch in (30, RATE / 2))
    edges = 700 * (10 ** (np.linspace(low, high, 34) / 2595) - 1)
    bands = np.stack([np.interp(pitches, edges[i : i + 3], [0, 1, 0], left=0, right=0) for i in range(32)])
    loud = bands.sum(1) > 0
    expected = np.log1p((bands @ power).reshape(32, 32, 2).mean(2) / 1e-8)
    found = plain.apply(plain.raw(clip[None]))[0, 0].numpy()
    np.testing.assert_allclose(found[loud], expected[loud], rtol=2e-4, atol=2e-3)


def test_that_silence_is_nothing_and_a_full_sine_is_eighty_decibels_above_it(plain):
    silence, full = plain.apply(plain.raw(np.stack([np.zeros(RATE), sine(1000)])))
    assert float(silence.abs().max()) == 0
    assert float(full.max()) == pytest.approx(np.log(1e8), abs=0.7)


def test_that_no_sample_is_lost_between_the_windows(plain):
    clicks = np.zeros((RATE, RATE), dtype=np.float32)[:: RATE // 97]
    places = np.arange(0, RATE, RATE // 97)
    clicks[np.arange(len(places)), places] = 1
    pictures = plain.apply(plain.raw(clicks))
    assert (pictures.amax((1, 2, 3)) > 5).all()
    columns = pictures.sum((1, 2)).argmax(1).numpy()
    assert np.abs(columns - (places + 0.5) / (plain.hop * plain.average)).max() <= 1


def test_that_a_clip_shorter_than_the_window_becomes_a_picture():
    how = fitted(sounds(np.random.default_rng(2).normal(0, 0.1, (4, 100))))
    assert how.apply(how.raw(np.zeros((2, 100)))).shape == (2, *how.shape)


def test_that_one_sample_and_equal_clips_can_be_prepared():
    how = fitted(sounds(np.zeros((2, 1))))
    assert torch.isfinite(how.apply(how.raw(np.zeros((2, 1))))).all()


def test_that_data_of_another_rate_and_length_is_brought_to_the_models(plain):
    data = AudioInputs(1, 16_000, 24_000, lambda row: np.zeros(24_000))
    suited = plain.suited(data)
    ours = plain.apply(plain.raw(sine(1000)[None]))
    theirs = suited.apply(suited.raw(sine(1000, 1.5, 16_000)[None]))
    assert theirs.shape == ours.shape
    assert (theirs[..., 1:-1].argmax(2) == ours[..., 1:-1].argmax(2)).all()
    loud = ours > 12
    assert (theirs - ours)[loud].abs()[..., :].median() < 0.05
    assert suited.suited(AudioInputs(1, RATE, 8, lambda row: np.zeros(8))) == plain


def test_that_a_shorter_clip_ends_in_silence(plain):
    raw = plain.raw(sine(500, 0.25)[None])
    assert raw.shape == (1, RATE)
    assert raw.dtype == torch.float32
    assert float(raw[:, RATE // 4 :].abs().max()) == 0


@pytest.mark.parametrize("knobs", [{"window": 1 << 20}, {"samples": 1 << 40}, {"rate": 0}, {"mels": 10**9}, {"std": 0}])
def test_that_a_stored_preprocessing_cannot_ask_for_all_memory(knobs):
    with pytest.raises(ValidationError):
        LogMelPreprocessing(**({"rate": RATE, "samples": RATE, "window": 256, "hop": 128} | knobs))


def test_that_it_says_what_it_does(plain):
    assert plain.describe() == "log-mel 32×32 of 1 s at 8 kHz"
