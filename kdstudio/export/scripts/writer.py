"""Let the exported student go on with a text: python predict.py "A BEGINNING" ..."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MOST = 60  # tokens that are written

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
how = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))
tokenizer = Tokenizer.from_file(str(Path(__file__).with_name(how["tokenizer"])))
tokenizer.no_padding()

for text in sys.argv[1:] or sys.exit(__doc__):
    tokens = tokenizer.encode(text).ids
    for _ in range(min(MOST, how["length"] - len(tokens))):
        input_ids = np.array([tokens], np.int64)
        (logits,) = session.run(["logits"], {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)})
        tokens.append(int(logits[0, -1].argmax()))
    sys.stdout.write(f"{tokenizer.decode(tokens)}\n")
