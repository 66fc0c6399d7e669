"""Ask the exported student about WAV files: python predict.py SOUND.wav ..."""

import json
import sys
import wave
from pathlib import Path

import numpy as np
import onnxruntime

from kdstudio.export.scripts.words import words

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
how = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))


def clip(path: str) -> np.ndarray:
    """Return the sound as float32 in -1..1: one channel, at the student's rate, cut or filled with silence."""
    with wave.open(path) as file:
        width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
        content = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, width)
    if width == 1:  # 8 bits have no sign
        samples = content[:, 0] / 128 - 1
    else:  # the highest bytes of 32 bits, whatever the width
        whole = np.zeros((len(content), 4), np.uint8)
        whole[:, 4 - width :] = content
        samples = whole.view("<i4")[:, 0] / 2**31
    samples = samples.reshape(-1, channels).mean(axis=1)
    if rate != how["rate"] and len(samples):
        length = max(1, round(len(samples) * how["rate"] / rate))
        samples = np.fft.irfft(np.fft.rfft(samples)[: length // 2 + 1], length) * (length / len(samples))
    samples = samples[: how["samples"]]
    return np.pad(samples, (0, how["samples"] - len(samples))).clip(-1, 1).astype(np.float32)


for path in sys.argv[1:] or sys.exit(__doc__):
    given = {"audio": clip(path)[None]}
    sys.stdout.write(f"{path} {words(session, given, labels)}\n")
