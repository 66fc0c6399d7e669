"""What kdstudio wrote about its own exports: in the graph, or in preprocessing.json and labels.json beside it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kdstudio.core.errors import ModelError
from kdstudio.core.targets import TASKS, Task
from kdstudio.models.preprocessing.audio import LogMelPreprocessing
from kdstudio.models.preprocessing.base import Preprocessing
from kdstudio.models.preprocessing.fit import Stored
from kdstudio.models.preprocessing.table import ColumnPreprocessing
from kdstudio.models.preprocessing.text import WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.models.preprocessing.waveform import WaveformPreprocessing
from kdstudio.models.programs import sounds, tables, texts
from kdstudio.models.programs.beside import settings, tokenizer
from kdstudio.models.programs.inputs import Takes, Value

_ADAPTER: TypeAdapter[Preprocessing] = TypeAdapter(Stored)
_HANDBOOK = "preprocessing.json"


def takes(path: Path, metadata: Mapping[str, str], values: Sequence[Value]) -> Takes | None:
    """Return what an export of kdstudio takes, as it says itself; None for files of others, and for pictures.

    A graph for pictures takes pixels, whatever the student was trained with: its input alone says all.
    """
    how = _in_graph(metadata) or _beside(path, values)
    if isinstance(how, WordPreprocessing | TokenPreprocessing):
        return texts.with_tokens(how, values)
    if isinstance(how, ColumnPreprocessing) and _is_fed(values, len(how.columns)):
        return tables.own(how, values[0])
    if isinstance(how, LogMelPreprocessing | WaveformPreprocessing) and _is_fed(values, None):
        return sounds.own(how, values[0])
    return None


def class_names(path: Path, metadata: Mapping[str, str], values: Sequence[Value]) -> tuple[str, ...]:
    """Return the class names that kdstudio wrote, empty where it wrote none."""
    try:
        if "kdstudio" in metadata:
            found = json.loads(metadata.get("labels", "[]"))
        elif _names_inputs(settings(path.parent / _HANDBOOK), values):
            found = json.loads((path.parent / "labels.json").read_text(encoding="utf-8"))
        else:
            return ()
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()


def task(path: Path, metadata: Mapping[str, str], values: Sequence[Value]) -> Task | None:
    """Return the task that kdstudio wrote, None where it wrote none."""
    told: Any = metadata.get("task")
    if "kdstudio" not in metadata:
        told = (
            settings(path.parent / _HANDBOOK).get("task")
            if _names_inputs(settings(path.parent / _HANDBOOK), values)
            else None
        )
    return told if told in TASKS else None


def _in_graph(metadata: Mapping[str, str]) -> Preprocessing | None:
    told = metadata.get("preprocessing") if "kdstudio" in metadata else None
    try:
        return None if told is None else _ADAPTER.validate_json(told)
    except ValidationError:
        return None


def _beside(path: Path, values: Sequence[Value]) -> Preprocessing | None:
    """Return what preprocessing.json says, where it is of this graph; its keys are those of export/inputs.py."""
    book = settings(path.parent / _HANDBOOK)
    if not _names_inputs(book, values):
        return None
    try:
        if "words" in book:
            return WordPreprocessing(words=tuple(book["words"]), length=book["length"])
        if "tokenizer" in book:
            tokens = tokenizer(path)
            told = {"length": book["length"], "pad": book["padding"]}
            return None if tokens is None else TokenPreprocessing(tokenizer=tokens.tokenizer, **told)
        whole = book.get("inside_the_onnx_graph") or {key: book[key] for key in book if key != "input"}
        return _ADAPTER.validate_python(whole)
    except (KeyError, TypeError, ValidationError) as error:
        message = f"{_HANDBOOK} beside the model is damaged: {error}"
        raise ModelError(message, hint="Copy it from the export again, or remove it.") from error


def _names_inputs(book: dict[str, Any], values: Sequence[Value]) -> bool:
    """Whether a preprocessing.json is about a graph with these inputs."""
    inputs = book.get("input")
    named = inputs if isinstance(inputs, list) else [inputs]
    names = [one.get("name") for one in named if isinstance(one, dict)]
    return bool(values) and names == [value.name for value in values]


def _is_fed(values: Sequence[Value], width: int | None) -> bool:
    """Whether a graph takes one tensor (N, F), of `width` numbers where that is known."""
    return len(values) == 1 and len(values[0].shape) == 2 and width in (None, values[0].shape[1])
