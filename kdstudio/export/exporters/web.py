"""A web page: a folder that any static server serves, in which a browser computes the student's answers by itself."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kdstudio.core.errors import ExportError, Problem
from kdstudio.core.files import write_bytes, write_json
from kdstudio.core.paths import resource
from kdstudio.export.browser import InBrowser, browser
from kdstudio.export.exporters.onnx import Onnx, plain_graph
from kdstudio.export.formats import Answers, Tolerance
from kdstudio.export.inputs import columns, word_numbers
from kdstudio.models.model import Model
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.base import Feed
from kdstudio.models.preprocessing.image import ImagePreprocessing
from kdstudio.models.preprocessing.table import TablePreprocessing
from kdstudio.models.preprocessing.text import ALONE, MARKS, WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing

_LETTER = r"[\p{L}\p{N}_]"  # what `\w` is to Python
_INSIDE = f"(?:(?![{ALONE}]){_LETTER})"
_SPLIT = rf"[{ALONE}]|{_INSIDE}+(?:(?:['’](?={_LETTER})|[{MARKS}]){_INSIDE}*)*|[^\p{{L}}\p{{N}}_\s]"


class Web:
    """`index.html` with the plain graph, ONNX Runtime for browsers, and what to do with an input, in `about.json`."""

    title: ClassVar[str] = "Web page"
    help: ClassVar[str] = (
        "A folder for any static web server: drop a picture, draw, type, and the browser answers, also offline."
    )
    file: ClassVar[str] = "web"
    tolerance: ClassVar[Tolerance] = Tolerance()

    @staticmethod
    def write(model: Model, shape: tuple[int, ...], path: Path, _feeds: Iterable[Feed] = ()) -> None:
        """Write the page and copy the runtime beside it."""
        about = _about(model, shape)
        path.mkdir()
        with plain_graph(model, shape, path) as graph:
            write_bytes(path / Onnx.file, graph.SerializeToString())
        for folder in ("page", "runtime"):
            shutil.copytree(resource("web", folder), path, dirs_exist_ok=True)
        write_json(path / "about.json", about)

    @staticmethod
    def open(path: Path) -> Answers:
        """Return the page's network as a browser computes it, where there is one; else its graph as Python does."""
        program = browser()
        return _Untried(Onnx.open(path / Onnx.file)) if program is None else InBrowser(path, program)


EXPORTER = Web


class _Untried:
    """The graph of a page, without the browser."""

    note = Problem(
        message="The web page was not tried in a browser: none was found here.",
        hint="Its graph was checked with ONNX Runtime in Python. Install Chromium, Chrome or Edge to check the page.",
        severity="note",
    )

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def __call__(self, fed: Feed) -> np.ndarray:
        return self._answers(fed)


def _about(model: Model, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return what the page knows: title, labels, task, and what it does to an input before the graph sees it."""
    if model.per_token:
        hint = "Export it as ONNX or as a Hugging Face folder."
        raise ExportError("The web page shows classes, and this student writes text.", hint=hint)
    name, many = model.label or model.spec.architecture, len(model.class_names)
    what = {
        "classification": f"It tells {many} classes apart",
        "multi_label": f"It knows {many} labels",
        "regression": f"It predicts {', '.join(model.class_names)}",
    }[model.task]
    return {
        "title": f"Ask {name}",
        "told": f"{what} with {model.parameters:,} parameters.",
        "labels": list(model.class_names),
        "task": model.task,
        "kind": model.preprocessing.takes,
        "input": _input(model, shape),
    }


def _input(model: Model, shape: tuple[int, ...]) -> dict[str, Any]:
    how = model.preprocessing
    if isinstance(how, ImagePreprocessing) and shape[0] in (1, 3):
        return {"shape": list(shape)}
    if isinstance(how, WordPreprocessing):
        return word_numbers(how) | {"split": _SPLIT}
    if isinstance(how, TokenPreprocessing):
        return {"tokenizer": how.description, "length": how.length, "padding": how.pad}
    if isinstance(how, TablePreprocessing):
        return {"columns": columns(how)}
    if isinstance(how, LogMelPreprocessing):
        return {"rate": how.rate, "samples": how.samples}
    hint = "Export it as ONNX."
    raise ExportError("A web page cannot prepare the inputs of this student.", hint=hint)
