"""Ask the exported student about texts: python predict.py "A TEXT" ..."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from kdstudio.export.scripts.words import words

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
how = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))
numbers = {word: number for number, word in enumerate(how["words"], how["first_word"])}

for text in sys.argv[1:] or sys.exit(__doc__):
    found = re.findall(how["split"], text.lower())[: how["length"]] or [""]
    input_ids = np.array([[numbers.get(word, how["unknown"]) if word else how["padding"] for word in found]], np.int64)
    mask = (input_ids != how["padding"]).astype(np.int64)
    given = {"input_ids": input_ids, "attention_mask": mask}
    sys.stdout.write(f"{text[:60]}: {words(session, given, labels)}\n")
