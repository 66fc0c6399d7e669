"""Ask the exported student about picture files: python predict.py PICTURE ..."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from kdstudio.export.scripts.words import words

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
_, channels, height, width = session.get_inputs()[0].shape

for path in sys.argv[1:] or sys.exit(__doc__):
    picture: Image.Image = Image.open(path)
    if picture.mode.startswith("I"):  # 16 bits
        picture = Image.fromarray((np.asarray(picture) / 257).round().astype(np.uint8))
    picture = picture.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture).reshape(1, height, width, channels).transpose(0, 3, 1, 2)
    given = {"image": np.ascontiguousarray(pixels)}
    sys.stdout.write(f"{path} {words(session, given, labels)}\n")
