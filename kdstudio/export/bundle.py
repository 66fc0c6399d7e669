"""The files beside the model: labels, preprocessing, a script that runs it, its card, and the reports."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdstudio.core.files import write_bytes, write_json
from kdstudio.data.dataset import ArrayInputs, Inputs
from kdstudio.export.card import card
from kdstudio.export.opening import Student
from kdstudio.export.verify import Check
from kdstudio.recipe.report import ExportReport

REQUIREMENTS = "numpy\nonnxruntime\nPillow\n"
PREDICT = '''"""Classify picture files with the exported student: python predict.py PICTURE ..."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
_, channels, height, width = session.get_inputs()[0].shape

for path in sys.argv[1:] or sys.exit(__doc__):
    picture = Image.open(path)
    if picture.mode.startswith("I"):  # 16 bits
        picture = Image.fromarray((np.asarray(picture) / 257).round().astype(np.uint8))
    picture = picture.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture).reshape(1, height, width, channels).transpose(0, 3, 1, 2)
    logits = session.run(["logits"], {"image": np.ascontiguousarray(pixels)})[0][0].astype(float)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    print(path, ", ".join(f"{labels[i]} {shares[i]:.1%}" for i in np.argsort(-shares)[:3]))
'''


def write_bundle(folder: Path, student: Student, check: Check, reports: Sequence[ExportReport]) -> list[str]:
    """Write what belongs beside the model into `folder`; return the names of the files."""
    write_json(folder / "labels.json", list(student.model.class_names))
    write_json(folder / "preprocessing.json", preprocessing(student))
    write_bytes(folder / "MODEL_CARD.md", card(student, check, reports).encode())
    names = ["labels.json", "preprocessing.json", "MODEL_CARD.md"]
    if any(report.passed and report.format == "onnx" for report in reports):
        write_bytes(folder / "predict.py", PREDICT.encode())
        write_bytes(folder / "requirements.txt", REQUIREMENTS.encode())
        names += ["predict.py", "requirements.txt"]
    return names


def preprocessing(student: Student) -> dict[str, Any]:
    """Return what is done to a picture before the network sees it, and where."""
    value = {
        "input": {
            "name": "image",
            "dtype": "uint8",
            "range": [0, 255],
            "layout": "NCHW",
            "shape": ["N", *student.shape],
        },
        "inside_the_onnx_graph": student.model.preprocessing.model_dump(mode="json") | {"scale": 1 / 255},
        "note": "Feed raw pixels to model.onnx. For model.safetensors do the same by hand: divide by 255, resize to "
        "`size` (bilinear), subtract `mean`, divide by `std`.",
    }
    raw = _raw_values(student.splits.test.inputs)
    return value if raw is None else value | {"raw_values": raw}


def _raw_values(inputs: Inputs) -> dict[str, Any] | None:
    """Return how values of the data become pixels, where they are no pixels already."""
    if not isinstance(inputs, ArrayInputs) or inputs.dtype == "uint8":
        return None
    return {
        "offset": inputs.offset,
        "divisor": inputs.divisor or 1.0,
        "pixel": "round(255 * (value - offset) / divisor), kept within 0 and 255",
        "note": "The data hold no pixels of 0 to 255 but numbers; rounding them to pixels is part of what was checked.",
    }


def write_report(folder: Path, reports: Sequence[ExportReport]) -> None:
    """Write report.json."""
    write_json(folder / "report.json", [report.model_dump(mode="json") for report in reports])
