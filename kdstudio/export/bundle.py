"""The files beside the model: labels, preprocessing, a script that runs it, its card, the reports, a phone's build."""

from collections.abc import Sequence
from pathlib import Path

from kdstudio.core.files import write_bytes, write_json
from kdstudio.export.card import card
from kdstudio.export.inputs import TOKENIZER, preprocessing
from kdstudio.export.needs import REDUCED, reduced_build
from kdstudio.export.opening import Student
from kdstudio.export.verify import Check
from kdstudio.models.next_token import vocabulary
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.recipe.exported import REPORT
from kdstudio.recipe.report import ExportReport

_SCRIPTS = Path(__file__).with_name("scripts")
_PACKAGES = {"image": ("numpy", "onnxruntime", "Pillow"), "tokens": ("numpy", "onnxruntime", "tokenizers")}
_SHARED = "from kdstudio.export.scripts.words import words"
_FEWEST = ("numpy", "onnxruntime")


def write_bundle(folder: Path, student: Student, check: Check, reports: Sequence[ExportReport]) -> list[str]:
    """Write what belongs beside the model into `folder`; return the names of the files."""
    model = student.model
    write_json(folder / "labels.json", list(vocabulary(model) if model.per_token else model.class_names))
    write_json(folder / "preprocessing.json", preprocessing(student))
    write_bytes(folder / "MODEL_CARD.md", card(student, check, reports).encode())
    names = ["labels.json", "preprocessing.json", "MODEL_CARD.md"]
    how = student.model.preprocessing
    if isinstance(how, TokenPreprocessing):
        write_bytes(folder / TOKENIZER, how.tokenizer.encode())
        names.append(TOKENIZER)
    graphs = [Path(report.path).name for report in reports if report.passed and report.path.endswith(".onnx")]
    if graphs:
        script = str("tokens" if isinstance(how, TokenPreprocessing) else how.takes)
        packages = _PACKAGES.get(script, _FEWEST)
        script = "writer" if student.model.per_token else script
        write_bytes(folder / "predict.py", script_of(script, graphs[0]).encode())
        write_bytes(folder / "requirements.txt", "".join(f"{name}\n" for name in packages).encode())
        names += ["predict.py", "requirements.txt"]
    for report in reports:
        if report.passed and report.path.endswith(".ort") and (folder / Path(report.path).name).exists():
            write_bytes(folder / REDUCED, reduced_build(folder / Path(report.path).name).encode())
            names.append(REDUCED)
    return names


def script_of(name: str, graph: str = "model.onnx") -> str:
    """Return a script that stands alone, with what all scripts share written into it, for a file beside it."""
    text = (_SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    shared = (_SCRIPTS / "words.py").read_text(encoding="utf-8")
    body, begins = shared.partition("\n\n\ndef ")[2], "\nsession = "
    whole = text.replace(f"\n{_SHARED}\n", "", 1).replace(begins, f"\n\ndef {body}\n{begins}", 1)
    return whole.replace('"model.onnx"', f'"{graph}"')


def write_report(folder: Path, reports: Sequence[ExportReport]) -> None:
    """Write report.json."""
    write_json(folder / REPORT, [report.model_dump(mode="json") for report in reports])
