"""Ask the exported student about texts: python predict.py "A TEXT" ..."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from kdstudio.export.scripts.words import words

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
how = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))
tokenizer = Tokenizer.from_file(str(Path(__file__).with_name(how["tokenizer"])))
tokenizer.enable_truncation(how["length"])
tokenizer.no_padding()

for text in sys.argv[1:] or sys.exit(__doc__):
    input_ids = np.array([tokenizer.encode(text).ids], np.int64)
    given = {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)}
    sys.stdout.write(f"{text[:60]}: {words(session, given, labels)}\n")
