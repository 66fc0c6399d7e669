"""WAV files written by scipy, by the standard library, by libsndfile and by hand, whole and spoiled."""

import io
import struct
import wave

import numpy as np
import pytest
from scipy.io import wavfile

from kdstudio.core.errors import DataError
from kdstudio.data.sound import riff

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(800) / RATE)
INTEGERS = {"uint8": (128, 127), "int16": (0, 32767), "int32": (0, 2**31 - 1)}


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def by_hand(content, *, code=1, channels=1, bits=16, rate=RATE, before=b"", declared=None, frame=None, extra=b""):
    frame = channels * bits // 8 if frame is None else frame
    form = chunk(b"fmt ", struct.pack("<HHIIHH", code, channels, rate, 0, frame, bits) + extra)
    data = b"data" + struct.pack("<I", len(content) if declared is None else declared) + content
    body = b"WAVE" + form + before + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def by_scipy(values):
    buffer = io.BytesIO()
    wavfile.write(buffer, RATE, values)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", INTEGERS)
def test_that_integers_that_scipy_wrote_come_back_in_minus_one_to_one(kind):
    middle, most = INTEGERS[kind]
    samples, rate = riff.decode(by_scipy(np.round(middle + most * TONE).astype(kind)))
    assert rate == RATE
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, TONE, atol=0.01 if kind == "uint8" else 5e-5)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_that_floats_that_scipy_wrote_come_back(kind):
    samples, _ = riff.decode(by_scipy(TONE.astype(kind)))
    np.testing.assert_allclose(samples, TONE, atol=1e-7)


def test_that_the_average_of_two_channels_is_taken():
    both = np.stack([TONE, np.zeros_like(TONE)], axis=1)
    samples, _ = riff.decode(by_scipy((both * 32767).astype(np.int16)))
    np.testing.assert_allclose(samples, TONE / 2, atol=5e-5)


def test_that_24_bit_samples_that_the_standard_library_wrote_come_back():
    whole = np.round(TONE * (2**23 - 1)).astype("<i4")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(44_100)
        file.writeframes(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    samples, rate = riff.decode(buffer.getvalue())
    assert rate == 44_100
    np.testing.assert_allclose(samples, TONE, atol=1e-6)


def test_that_an_extensible_header_and_chunks_before_the_samples_are_read():
    guid = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")
    content = by_hand(
        struct.pack("<3h", 16384, 0, -32768), code=0xFFFE, extra=guid, before=chunk(b"LIST", b"x" * 9_001)
    )
    assert riff.decode(content)[0].tolist() == [0.5, 0, -1]


def test_that_big_endian_files_are_read():
    content = bytearray(by_hand(struct.pack(">2h", 16384, -16384)))
    content[:4] = b"RIFX"
    content[4:8] = content[7:3:-1]
    content[16:20] = struct.pack(">I", 16)
    content[20:36] = struct.pack(">HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    content[40:44] = struct.pack(">I", 4)
    assert riff.decode(bytes(content))[0].tolist() == [0.5, -0.5]


@pytest.mark.parametrize("form", ["ULAW", "ALAW"])
def test_that_telephone_bytes_are_unfolded_as_libsndfile_does(form):
    soundfile = pytest.importorskip("soundfile", reason="needs the optional package soundfile")
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE, RATE, format="WAV", subtype=form)
    buffer.seek(0)
    expected, _ = soundfile.read(buffer, dtype="float32")
    np.testing.assert_allclose(riff.decode(buffer.getvalue())[0], expected, atol=1e-6)


def test_that_numbers_that_are_none_become_silence_and_loud_ones_are_cut():
    values = np.array([0.25, np.nan, np.inf, -np.inf, 3.0, -2.0], dtype=np.float32)
    assert riff.decode(by_scipy(values))[0].tolist() == [0.25, 0, 0, 0, 1, -1]


@pytest.mark.parametrize("declared", [2**32 - 1, 2**31, 1000])
def test_that_a_declared_length_is_held_against_the_bytes_that_are_there(declared):
    content = by_hand(struct.pack("<4h", 1, 2, 3, 4), declared=declared)
    look = riff.look(content, len(content))
    assert look.frames == 4
    assert look.declared == (4 if declared == 2**32 - 1 else declared // 2)
    assert len(riff.decode(content)[0]) == 4


def test_that_half_a_sample_at_the_end_is_left_out():
    assert len(riff.decode(by_hand(b"\1\0\2\0\3"))[0]) == 2


def test_that_a_clip_without_samples_has_no_frames():
    assert len(riff.decode(by_hand(b""))[0]) == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"this is a text that somebody called a.wav", "no WAV"),
        (b"", "no WAV"),
        (by_hand(b"\0\0")[:14], "within its header"),
        (by_hand(b"\0\0")[:30], "within its header"),
        (by_hand(b"\0\0")[:40], "within its header"),
        (by_hand(b"\0\0", channels=0, frame=2), "makes no sense"),
        (by_hand(b"\0\0", channels=60_000, frame=2), "makes no sense"),
        (by_hand(b"\0\0", frame=0), "makes no sense"),
        (by_hand(b"\0\0", frame=7), "makes no sense"),
        (by_hand(b"\0\0", rate=0), "0 samples a second"),
        (by_hand(b"\0\0", rate=4_000_000_000), "samples a second"),
        (by_hand(b"\0\0", code=85), "packed as MP3"),
        (by_hand(b"\0\0", code=999), "packed as number 999"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"data", b"\0\0"), "before their format"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\0\0"), "within its header"),
    ],
)
def test_that_a_spoiled_header_is_refused_with_the_reason(content, why):
    with pytest.raises(DataError, match=why):
        riff.look(content, len(content))


def test_that_no_damage_of_one_byte_raises_anything_else():
    content = by_hand(struct.pack("<2h", 1, 2))
    for at in range(44):
        for value in (0, 1, 127, 255):
            spoiled = content[:at] + bytes([value]) + content[at + 1 :]
            try:
                riff.decode(spoiled)
            except DataError:
                continue
