"""The files beside the model: labels, preprocessing, a script that runs it, its card, and the reports."""

from collections.abc import Sequence
from pathlib import Path

from kdstudio.core.files import write_bytes, write_json
from kdstudio.export.card import card
from kdstudio.export.inputs import TOKENIZER, preprocessing
from kdstudio.export.opening import Student
from kdstudio.export.verify import Check
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.recipe.report import ExportReport

_SCRIPTS = Path(__file__).with_name("scripts")
_PACKAGES = {"image": ("numpy", "onnxruntime", "Pillow"), "tokens": ("numpy", "onnxruntime", "tokenizers")}
_FEWEST = ("numpy", "onnxruntime")


def write_bundle(folder: Path, student: Student, check: Check, reports: Sequence[ExportReport]) -> list[str]:
    """Write what belongs beside the model into `folder`; return the names of the files."""
    write_json(folder / "labels.json", list(student.model.class_names))
    write_json(folder / "preprocessing.json", preprocessing(student))
    write_bytes(folder / "MODEL_CARD.md", card(student, check, reports).encode())
    names = ["labels.json", "preprocessing.json", "MODEL_CARD.md"]
    how = student.model.preprocessing
    if isinstance(how, TokenPreprocessing):
        write_bytes(folder / TOKENIZER, how.tokenizer.encode())
        names.append(TOKENIZER)
    if any(report.passed and report.format == "onnx" for report in reports):
        script = "tokens" if isinstance(how, TokenPreprocessing) else how.takes
        packages = _PACKAGES.get(script, _FEWEST)
        write_bytes(folder / "predict.py", (_SCRIPTS / f"{script}.py").read_bytes())
        write_bytes(folder / "requirements.txt", "".join(f"{name}\n" for name in packages).encode())
        names += ["predict.py", "requirements.txt"]
    return names


def write_report(folder: Path, reports: Sequence[ExportReport]) -> None:
    """Write report.json."""
    write_json(folder / "report.json", [report.model_dump(mode="json") for report in reports])
