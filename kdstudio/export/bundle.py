"""The files beside the model: labels, preprocessing, a script that runs it, and its card."""

import json
from pathlib import Path
from typing import Any

from kdstudio.core.files import write_bytes, write_json
from kdstudio.models.model import Model
from kdstudio.recipe.recipe import Recipe

REQUIREMENTS = "numpy\nonnxruntime\nPillow\n"
PREDICT = '''"""Classify picture files with the exported student: python predict.py PICTURE ..."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

here = Path(__file__).parent
labels = json.loads((here / "labels.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(str(here / "model.onnx"), providers=["CPUExecutionProvider"])
_, channels, height, width = session.get_inputs()[0].shape

for path in sys.argv[1:]:
    picture = Image.open(path).convert("L" if channels == 1 else "RGB").resize((width, height), Image.BILINEAR)
    pixels = np.asarray(picture, dtype=np.uint8).reshape(height, width, channels).transpose(2, 0, 1)[None]
    logits = session.run(["logits"], {"image": np.ascontiguousarray(pixels)})[0][0].astype(float)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares)[:3]
    print(path, ", ".join(f"{labels[i]} {shares[i]:.1%}" for i in best))
'''


def write_bundle(
    folder: Path,
    model: Model,
    recipe: Recipe,
    summary: dict[str, Any] | None,
    shape: tuple[int, int, int],
    *,
    has_onnx: bool,
) -> list[str]:
    """Write what belongs beside the model into `folder`; return the names of the files."""
    write_json(folder / "labels.json", list(model.class_names))
    write_json(folder / "preprocessing.json", preprocessing(model, shape))
    write_bytes(folder / "MODEL_CARD.md", card(model, recipe, summary).encode())
    names = ["labels.json", "preprocessing.json", "MODEL_CARD.md"]
    if has_onnx:
        write_bytes(folder / "predict.py", PREDICT.encode())
        write_bytes(folder / "requirements.txt", REQUIREMENTS.encode())
        names += ["predict.py", "requirements.txt"]
    return names


def preprocessing(model: Model, shape: tuple[int, int, int]) -> dict[str, Any]:
    """Return what is done to a picture before the network sees it, and where."""
    return {
        "input": {"name": "image", "dtype": "uint8", "range": [0, 255], "layout": "NCHW", "shape": ["N", *shape]},
        "inside_the_onnx_graph": model.preprocessing.model_dump(mode="json") | {"scale": 1 / 255},
        "note": "Feed raw pixels to model.onnx. For model.safetensors do the same by hand: divide by 255, resize to "
        "`size`, subtract `mean`, divide by `std`.",
    }


def card(model: Model, recipe: Recipe, summary: dict[str, Any] | None) -> str:
    """Return the model card: what it is, how it was made, what it can do, what it inherited. Numbers are measured."""
    methods = ", ".join(
        f"{choice.method} (weight {choice.weight:g}"
        + "".join(f", {key} {value}" for key, value in choice.knobs.items())
        + ")"
        for choice in recipe.methods
    )
    teachers = ", ".join(Path(teacher.path).name for teacher in recipe.teachers) or "none"
    lines = [
        f"# {model.label or model.spec.architecture}",
        "",
        f"A student of {model.parameters:,} parameters, distilled with kdstudio.",
        "",
        f"- Classes: {', '.join(model.class_names)}",
        f"- Teacher: {teachers}",
        f"- Data: {Path(recipe.data.path).name}",
        f"- Methods: {methods}",
        f"- {recipe.epochs} epochs, batch {recipe.batch_size}, {recipe.optimizer.name}, "
        f"learning rate {recipe.optimizer.learning_rate:g}, seed {recipe.seed}",
        "",
        *_measured(summary),
        "## Limits",
        "",
        "Measured on inputs like those it was trained on; on others it may be wrong and sure of it. What the teacher "
        "gets wrong, the student tends to get wrong too.",
        "",
        "## To fill in",
        "",
        "- Licence of the student:",
        "- Licence and origin of the data:",
        "- Licence and origin of the teacher:",
        "- Intended use, and uses that it is not for:",
        "",
    ]
    return "\n".join(lines)


def _measured(summary: dict[str, Any] | None) -> list[str]:
    if summary is None:
        return ["## Measured", "", "Not measured: the run has no final report.", ""]
    transfer, learners = summary["transfer"], [n for n in ("student", "baseline", "teacher") if summary.get(n)]
    titles = {"student": "Student", "baseline": "Same student without a teacher", "teacher": "Teacher"}
    rows = [
        f"| {titles[name]} | {_share(summary[name]['accuracy'])} | {_number(summary[name]['ece'])} | "
        f"{_number(summary[name]['nll'])} |"
        for name in learners
    ]
    count = summary["student"]["count"]
    return [
        f"## Measured on {count:,} {summary['split']} inputs",
        "",
        "| | Accuracy | Calibration error (ECE) | NLL |",
        "|---|---|---|---|",
        *rows,
        "",
        f"- Same answer as the teacher: {_share(transfer['agreement'])} (without a teacher "
        f"{_share(transfer['baseline_agreement'])})",
        f"- Inherited mistakes, of the teacher's errors: {_share(transfer['inherited'])} (by coincidence without a "
        f"teacher {_share(transfer['baseline_inherited'])})",
        "",
    ]


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"


def write_report(folder: Path, reports: list[dict[str, Any]]) -> None:
    """Write report.json."""
    write_bytes(folder / "report.json", (json.dumps(reports, indent=1, ensure_ascii=False) + "\n").encode())
